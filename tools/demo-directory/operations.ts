import { normaliseDn } from './dn.ts';
import { type Entry, makeEntry } from './entry.ts';
import { evaluate } from './evaluate.ts';
import type { BindRequest, SearchRequest } from './message.ts';
import { verifyPassword } from './password.ts';
import {
  PASSWORD_POLICY_CONTROL,
  type PasswordPolicyError,
  type Result,
  ResultCode,
  type ReturnedAttribute,
  START_TLS,
  WHO_AM_I,
} from './response.ts';
import { typeOf } from './schema.ts';
import type { Tree } from './tree.ts';

/** The user that a connection acts for. */
export type Identity = 'anonymous' | { readonly dn: string };

export type BindReply = {
  readonly result: Result;
  /** Anonymous after every refusal (RFC 4513 4). */
  readonly identity: Identity;
  readonly passwordPolicyError?: PasswordPolicyError;
};

export type SearchReply = {
  readonly entries: readonly { readonly dn: string; readonly attributes: readonly ReturnedAttribute[] }[];
  readonly result: Result;
};

function anonymous(code: Result['code'], message = ''): BindReply {
  return { result: { code, message }, identity: 'anonymous' };
}

/** Simple bind (RFC 4513 5.1), with OpenLDAP's answers: whatever is wrong with name or password, it is 49 and no more. */
export function bind(tree: Tree, request: BindRequest): BindReply {
  if (request.version !== 3) return anonymous(ResultCode.protocolError, 'only LDAPv3 is spoken here');
  if (request.simple === undefined) return anonymous(ResultCode.authMethodNotSupported, 'only simple binds');
  const path = normaliseDn(request.name);
  if (path === undefined) return anonymous(ResultCode.invalidDNSyntax, 'invalid DN');
  if (request.simple.length > 0) return prove(tree.find(path), request.simple);
  if (path.length === 0) return anonymous(ResultCode.success);
  // RFC 4513 5.1.2: a DN without a password must not look like a login that succeeded.
  return anonymous(ResultCode.unwillingToPerform, 'unauthenticated bind (DN with no password) disallowed');
}

function prove(entry: Entry | undefined, password: Buffer): BindReply {
  const proven = entry?.attributes.get('userpassword')?.values.some((value) => verifyPassword(value, password)) === true;
  const refused = anonymous(ResultCode.invalidCredentials);
  // Right or wrong password: a lock that told them apart would confirm guesses (OpenLDAP with ppolicy_use_lockout).
  if (entry?.attributes.has('pwdaccountlockedtime')) return { ...refused, passwordPolicyError: 1 };
  if (entry === undefined || !proven) return refused;
  const accepted: BindReply = { result: { code: ResultCode.success }, identity: { dn: entry.dn } };
  const mustChange = entry.attributes.get('pwdreset')?.normals.includes('true');
  return mustChange === true ? { ...accepted, passwordPolicyError: 2 } : accepted;
}

/**
 * Search (RFC 4511 4.5). Who may see what is OpenLDAP's `access to attrs=userPassword by anonymous auth` and `access to * by
 * users read`: without a bind there is the root DSE, and of everything else not even its existence (noSuchObject).
 */
export function search(tree: Tree, identity: Identity, request: SearchRequest): SearchReply {
  const base = normaliseDn(request.base);
  if (base === undefined) return { entries: [], result: { code: ResultCode.invalidDNSyntax, message: 'invalid DN' } };
  if (base.length === 0 && request.scope === 'base') return found([rootDse(tree)], tree, request);
  // The empty base is the whole tree, as on a global catalog.
  const isThere = identity !== 'anonymous' && (base.length === 0 || tree.find(base) !== undefined);
  return isThere ? found(tree.within(base, request.scope), tree, request) : { entries: [], result: { code: ResultCode.noSuchObject } };
}

function found(candidates: readonly Entry[], tree: Tree, { filter, sizeLimit, attributes }: SearchRequest): SearchReply {
  const matches = candidates.filter((entry) => evaluate(filter, entry, tree) === true);
  const limit = sizeLimit === 0 ? matches.length : sizeLimit;
  return {
    entries: matches.slice(0, limit).map((entry) => ({ dn: entry.dn, attributes: select(entry, attributes) })),
    result: { code: matches.length > limit ? ResultCode.sizeLimitExceeded : ResultCode.success },
  };
}

/** The attributes asked for (RFC 4511 4.5.1.8). Never a hidden one, for any user. */
function select(entry: Entry, asked: readonly string[]): readonly ReturnedAttribute[] {
  const isAll = asked.length === 0 || asked.includes('*');
  const names = new Set(asked.map((name) => typeOf(name).name));
  return [...entry.attributes.values()].filter(({ type }) => type.rule !== 'hidden' && (isAll || names.has(type.name)));
}

/** What the server says about itself to everybody (RFC 4512 5.1). */
function rootDse(tree: Tree): Entry {
  const attributes = {
    objectClass: ['top'],
    namingContexts: tree.namingContexts,
    supportedLDAPVersion: ['3'],
    supportedExtension: [START_TLS, WHO_AM_I],
    supportedControl: [PASSWORD_POLICY_CONTROL],
    vendorName: ['ldap-auth embedded directory'],
  };
  const { attributes: held } = makeEntry({ dn: 'cn=root-dse', attributes }, []);
  return { dn: '', path: [], attributes: new Map([...held].filter(([name]) => !name.startsWith('entry'))) };
}
