import type { Config, DirectoryKind, SearchAccount } from '../config/config.ts';
import type { AccountState, Fault } from '../core/outcome.ts';
import { detailOf, type Failure } from '../ldap/failure.ts';
import type { Conversation, UserSearch } from '../directory/conversation.ts';
import { dnsDomainOf } from '../directory/names/login-name.ts';
import { enter, enterAgain } from '../directory/service/bind.ts';
import { unusable } from '../directory/service/searcher.ts';
import { type Check, check, conversationOf, fail, type Finding, firstShare, pass } from './check.ts';
import { listenTo } from './checks-connection.ts';
import { PASSWORD_VARIABLE } from './checks-stored.ts';
import { CLIENT_CERTIFICATE, isAboutOurCertificate, speaksTlsHint } from './hints-connection.ts';
import { readRootDse } from './root-dse.ts';
import { quoted, shownAccount } from './words.ts';

/** The login's own bind, its rest after a refusal included: a run sends a refused password once, whatever the servers. */
const bindCheck = check({
  id: 'bind',
  title: 'service bind',
  needs: ['identity', 'search', 'secret', 'connection'],
  run: async ({ search, connection, identity }, visit) => {
    const { account } = search.settings;
    const found = shownAccount(search.settings);
    if (account.kind === 'anonymous') return await bindAsNobody(search, conversationOf(connection, visit));
    const without = await unusable(search.searcher, visit.deadline);
    if (without !== undefined) return fail(refusedHint(account, without.failure, RESTING), found);
    const bound = await enter(search.searcher, conversationOf(connection, firstShare(visit)));
    if (bound.kind === 'ready') return pass(found, { bound: bound.account });
    if (bound.kind === 'refused' && isNoName(account.bindDn, bound.failure))
      return fail(await noNameHints(found, visit.config.directory, conversationOf(connection, visit)), found);
    if (bound.kind === 'refused') return fail(refusedHint(account, bound.failure), found);
    const isPlain = connection.server.transport === 'plain' && !connection.session.isUsable;
    const spoken = isPlain ? await listenTo(connection, identity, visit) : 'unknown';
    return fail(spoken === 'TLS' ? speaksTlsHint(connection.server) : bindFaultHint(bound.failure, visit.config), found);
  },
});

/** A login binds as nobody only after the user's bind, where groups in groups are followed down. */
async function bindAsNobody(search: UserSearch, conversation: Conversation): Promise<Finding> {
  const { asked, nested } = search.settings.groups;
  const again = asked && nested && search.kind.groups === 'members' ? await enterAgain(search.searcher, conversation) : undefined;
  if (again !== undefined && again.kind !== 'accepted') {
    const hint = `LDAP_ANONYMOUS_SEARCH: the server takes no anonymous bind (${detailOf(again.failure)}), which LDAP_NESTED_GROUPS needs after the bind of a user`;
    return fail(hint, 'anonymous');
  }
  const entered = await enter(search.searcher, conversation);
  return entered.kind === 'ready' ? pass('anonymous', { bound: entered.account }) : fail(bindFaultHint(entered.failure), 'anonymous');
}

export const BIND_CHECKS: readonly Check[] = [bindCheck];

/** What does not rest for one of these rests for two binds without an answer. */
const REFUSALS: ReadonlySet<Fault> = new Set<Fault>(['directory-refused-service-account', 'secret-unavailable']);

const RESTING = ' (refused less than 30 s ago, so not sent again: repeating it could lock the account)';

/** What a refusal of the service account asks for, by the state that the directory told. */
const REFUSED: Readonly<Record<AccountState | 'wrong-password' | 'user-not-found', string>> = {
  'wrong-password':
    'LDAP_BIND_PASSWORD: wrong password for LDAP_BIND_DN; or that entry does not exist, or is locked: the directory does not say which',
  'user-not-found': 'LDAP_BIND_DN: there is no such account',
  'account-locked':
    'LDAP_BIND_DN: the service account is locked; unlock it in the directory, and find who sends a wrong LDAP_BIND_PASSWORD',
  'account-disabled': 'LDAP_BIND_DN: the service account is disabled; enable it in the directory, or use another one',
  'account-expired': 'LDAP_BIND_DN: the service account has expired; extend it in the directory, or use another one',
  'password-expired': 'LDAP_BIND_PASSWORD: the password of the service account has expired; set a new one, one that never expires',
  'password-must-change': 'LDAP_BIND_PASSWORD: the service account must change its password first; set one that need not be changed',
  'logon-not-permitted': 'LDAP_BIND_DN: the service account may not log on now or from here (logon hours, workstations, restrictions)',
};

/** Active Directory says of a name that it does not know what it says of a wrong password. */
const NAME_OR_PASSWORD: ReadonlySet<string> = new Set(['wrong-password', 'user-not-found']);

/** A DN, `name@domain`, `DOMAIN\\name`, and Active Directory's `domain/name` and `S-1-…` (MS-ADTS 5.1.1.1.1). */
const BIND_NAME = /[=@\\/]|^S-1-/;

/** Result codes that speak of the name (RFC 4511, A.1). */
const REFUSED_NAME: ReadonlyMap<number, string> = new Map([
  [32, 'LDAP_BIND_DN: there is no such entry'],
  [48, 'LDAP_BIND_DN: this entry has no password to bind with'],
  [50, 'LDAP_BIND_DN: this account has no right to bind'],
]);

/** What is refused is the form of the name: result code 34, or as if there were no such account. */
function isNoName(bindDn: string, { cause }: Failure): boolean {
  if (cause.kind === 'result') return cause.code === 34;
  return cause.kind === 'state' && NAME_OR_PASSWORD.has(cause.state) && !BIND_NAME.test(bindDn);
}

/** What is wrong, and what to set. `found`: the name, or its variable where it must not be shown. */
async function noNameHints(found: string, directory: DirectoryKind, conversation: Conversation): Promise<readonly string[]> {
  const read = await readRootDse(conversation);
  const { kind = directory, userContexts: [context = ''] = [] } = read.ok ? read.root : {};
  const what = found === 'LDAP_BIND_DN' ? 'its value' : quoted(found);
  const name = found === 'LDAP_BIND_DN' || BIND_NAME.test(found) ? 'NAME' : found;
  const dn = `cn=${name},ou=services,${context || 'dc=example,dc=org'}`;
  const set = 'LDAP_BIND_DN: set LDAP_BIND_DN';
  return kind === 'active-directory'
    ? [`LDAP_BIND_DN: ${what} is neither a DN nor a name with its domain`, `${set}=${name}@${dnsDomainOf(context) ?? 'DOMAIN'}`]
    : [`LDAP_BIND_DN: ${what} is not a DN`, `${set} to the whole DN of the account, like ${dn} (ask the owners of the directory)`];
}

type ServiceAccount = Exclude<SearchAccount, { readonly kind: 'anonymous' }>;

function refusedHint({ bindDn, bindPassword }: ServiceAccount, failure: Failure, rest = ''): string {
  if (!REFUSALS.has(failure.reason)) return bindFaultHint(failure);
  return refusalOf(bindDn, failure).replaceAll('LDAP_BIND_PASSWORD', PASSWORD_VARIABLE[bindPassword.kind]) + rest;
}

function refusalOf(bindDn: string, failure: Failure): string {
  const { cause } = failure;
  if (isNoName(bindDn, failure)) return 'LDAP_BIND_DN: the directory takes no name of this form';
  if (cause.kind === 'state') return REFUSED[cause.state];
  const ofName = cause.kind === 'result' ? REFUSED_NAME.get(cause.code) : undefined;
  return ofName ?? `LDAP_BIND_DN: the directory refuses the account (${detailOf(failure)})`;
}

function bindFaultHint(failure: Failure, { passwordPolicy }: Partial<Config> = {}): string {
  const { reason, cause } = failure;
  const detail = detailOf(failure);
  if (isAboutOurCertificate(failure)) return CLIENT_CERTIFICATE;
  // Servers made with ldapjs 3 cannot read a control without a value (3.0.7, run).
  if (passwordPolicy === true && reason === 'directory-unreachable')
    return `LDAP_PASSWORD_POLICY: the server hung up at the bind (${detail}), as one that cannot read the password policy control does; set LDAP_PASSWORD_POLICY=false, or look whether LDAP_URL is a directory, and in order`;
  if (reason === 'directory-tls-failure')
    return `LDAP_URL: the server takes no bind without TLS (${detail}); use ldaps://, or LDAP_STARTTLS=true`;
  if (reason === 'directory-timeout')
    return `LDAP_URL: the server takes connections and does not answer a bind (${detail}); it may hang, or be no directory`;
  if (cause.kind === 'result' && cause.code === 53)
    return 'LDAP_BIND_DN: the server is unwilling to take this bind (unwillingToPerform (53)): look at its restrictions and its log';
  return `LDAP_URL: the server gave no usable answer to the bind (${detail}); is it a directory, and in order?`;
}
