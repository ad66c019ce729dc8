import { type Clock, isWithin } from '../../core/clock.ts';
import type { Server } from '../../config/config.ts';
import type { DirectoryTraits } from '../../config/directory-kinds.ts';
import { type Deadline, settledBefore } from '../../core/deadline.ts';
import { dnKey, foldedRdnsOf, foldText } from '../names/dn.ts';
import { textsOf, valuesOf } from '../entry.ts';
import { type Failure, resultFailure } from '../../ldap/failure.ts';
import type { LdapResult, SearchEntry } from '../../ldap/message.ts';
import { readEntry } from '../read-entry.ts';
import { formatSid } from '../names/security-id.ts';
import type { Credential } from './credentials.ts';
import type { Session } from '../../ldap/session.ts';

/** Who is bound on a connection of the service account. */
export type BoundAccount = {
  /**
   * Whether this is the service account's own entry. Where the directory does not say who is bound: whether it could be, so
   * rather once too often yes than once no.
   */
  readonly isOwnEntry: (entry: SearchEntry) => boolean;
};

/** Not `ok`: the connection broke over the question. That the server has no answer to it is no failure. */
export type Learned = { readonly ok: true; readonly account: BoundAccount } | { readonly ok: false; readonly failure: Failure };

/** A connection that is bound as the service account, and the time for the question. */
type BoundConnection = { readonly server: Server; readonly session: Session; readonly slice: Deadline };

/** An answer is believed for so long. */
const FRESH_MS = 300_000;

type Answer =
  | { readonly kind: 'told'; readonly account: BoundAccount }
  /** `for now`: the server was busy. */
  | { readonly kind: 'not told'; readonly until: 'for now' | 'later' }
  | { readonly kind: 'broken'; readonly failure: Failure };

type Asked = { readonly credential: Credential; readonly at: number; readonly answer: Promise<Answer> };

/**
 * Asks each server who the service account is, on its bound connection: once in a process and for a password, and again after
 * five minutes. Requests that need it at once share one question. A server that hangs up at the question is taken for one that
 * does not answer it, and is not asked again before that time has passed either.
 */
export class BoundAccounts {
  readonly #ask: (connection: BoundConnection) => Promise<Answer>;
  readonly #byText: BoundAccount;
  readonly #clock: Clock;
  /** By the name of the server. */
  readonly #asked = new Map<string, Asked>();

  constructor({ whoIsBound }: Pick<DirectoryTraits, 'whoIsBound'>, bindName: string, clock: Clock) {
    this.#byText = accountOfText(bindName);
    this.#ask = (connection) => QUESTION[whoIsBound](connection, this.#byText);
    this.#clock = clock;
  }

  /** Before anything that depends on a name, so that every name takes the same round trips. */
  async learn(credential: Credential, connection: BoundConnection): Promise<Learned> {
    const { server, slice } = connection;
    const asked = this.#asked.get(server.name);
    if (asked?.credential === credential && isWithin(this.#clock, asked.at, FRESH_MS))
      return { ok: true, account: this.#accountOf(await settledBefore(slice, asked.answer)) };
    let answer: Answer | undefined;
    try {
      const question = this.#ask(connection);
      this.#asked.set(server.name, { credential, at: this.#clock(), answer: question });
      answer = await question;
    } finally {
      if (answer === undefined || (answer.kind === 'not told' && answer.until === 'for now')) this.#asked.delete(server.name);
    }
    return answer.kind === 'broken' ? { ok: false, failure: answer.failure } : { ok: true, account: this.#accountOf(answer) };
  }

  #accountOf(answer: Answer | undefined): BoundAccount {
    return answer?.kind === 'told' ? answer.account : this.#byText;
  }
}

type Question = (connection: BoundConnection, byText: BoundAccount) => Promise<Answer>;

/** "Who am I?" (RFC 4532). `u:…` names no entry. */
const askWhoIAm: Question = async ({ session, slice }, byText) => {
  const reply = await session.whoAmI(slice);
  if (!reply.ok) return { kind: 'broken', failure: reply.failure };
  const dn = /^dn:\s*(\S.*)$/isu.exec(reply.identity ?? '')?.[1]; // 389 Directory Server puts a blank after the colon
  if (reply.result.code !== 0 || dn === undefined) return notTold(reply.result);
  // Whatever is like this DN is then like LDAP_BIND_DN, too: one question is enough for each login.
  if (byText.isOwnEntry({ dn, attributes: [] })) return { kind: 'told', account: byText };
  const key = dnKey(dn, 'types and values');
  const isNamed = (entry: SearchEntry): boolean => dnKey(entry.dn, 'types and values') === key;
  // Also by the text, if that is a DN: a proxy that rewrites DNs need not rewrite this answer.
  return { kind: 'told', account: { isOwnEntry: (entry) => isNamed(entry) || byText.isOwnEntry(entry) } };
};

/** The root DSE's `tokenGroups` (MS-ADTS 3.1.1.3.2): the SIDs of the bound account, its own and those of its groups. */
const askTokenGroups: Question = async ({ session, slice }, byText) => {
  const reply = await readEntry(session, { dn: '', attributes: ['tokenGroups'] }, slice);
  if (!reply.ok) return { kind: 'broken', failure: reply.failure };
  const own = new Set(reply.entries.flatMap((entry) => valuesOf(entry, 'tokenGroups')).map((sid) => sid.toString('hex')));
  if (reply.result?.code !== 0 || own.size === 0) return notTold(reply.result);
  const isOwnEntry = (entry: SearchEntry): boolean => {
    const [sid] = valuesOf(entry, 'objectSid');
    return sid === undefined ? byText.isOwnEntry(entry) : own.has(sid.toString('hex'));
  };
  return { kind: 'told', account: { isOwnEntry } };
};

const QUESTION: Readonly<Record<DirectoryTraits['whoIsBound'], Question>> = { 'who am I': askWhoIAm, 'token groups': askTokenGroups };

function notTold(result: LdapResult | undefined): Answer {
  const reason = result === undefined ? undefined : resultFailure('who am I', result).reason;
  return { kind: 'not told', until: reason === 'directory-busy' || reason === 'directory-timeout' ? 'for now' : 'later' };
}

/** By LDAP_BIND_DN: an entry with that DN or, where it is a name of another form, any entry that could bear it. */
function accountOfText(bindName: string): BoundAccount {
  if (/^[^@\\/<]*=/u.test(bindName)) {
    const key = dnKey(bindName, 'values');
    return { isOwnEntry: (entry) => dnKey(entry.dn, 'values') === key };
  }
  const names = namesOfText(bindName);
  return { isOwnEntry: (entry) => namesOfEntry(entry).some((name) => names.has(name)) };
}

/** `svc@corp.example.com`, `CORP\svc`, `corp.example.com/services/svc`, `S-1-5-…`, `<SID=S-1-5-…>`. */
function namesOfText(text: string): ReadonlySet<string> {
  const last = text.slice(Math.max(text.lastIndexOf('\\'), text.lastIndexOf('/')) + 1);
  return new Set([text, last, localPart(last), text.replace(/^<SID=(.*)>$/iu, '$1')].map(foldText));
}

function namesOfEntry(entry: SearchEntry): readonly string[] {
  const principals = textsOf(entry, 'userPrincipalName');
  const sids = valuesOf(entry, 'objectSid').map((sid) => formatSid(sid) ?? '');
  const rdn = foldedRdnsOf(entry.dn)[0] ?? [];
  const names = [...textsOf(entry, 'sAMAccountName'), ...textsOf(entry, 'uid'), ...principals, ...principals.map(localPart), ...sids];
  return [...names.map(foldText), ...rdn.map(({ value }) => value)];
}

function localPart(principal: string): string {
  return principal.replace(/@[^@]*$/u, '');
}
