import { normaliseDn } from './dn.ts';
import { type Attribute, type Entry, attributesOf, makeEntry } from './entry.ts';
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
import { covers, describe } from './schema.ts';
import type { Tree } from './tree.ts';

/** Whom a connection acts for. */
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

function refused(code: Result['code'], message?: string): BindReply {
  return {
    result: message === undefined ? { code } : { code, message },
    identity: 'anonymous',
  };
}

/** Simple bind (RFC 4513 5.1), with OpenLDAP's answers: whatever is wrong with name or password, it is 49 and no more. */
export function bind(tree: Tree, request: BindRequest): BindReply {
  if (request.version !== 3) return refused(ResultCode.protocolError, 'only LDAPv3 is spoken here');
  if (request.simple === undefined) return refused(ResultCode.authMethodNotSupported, 'only simple binds');
  const path = normaliseDn(request.name);
  if (path === undefined) return refused(ResultCode.invalidDNSyntax, 'invalid DN');
  if (request.simple.length === 0) {
    // RFC 4513 5.1.2: a DN without a password must not look like a login that succeeded.
    return path.length === 0
      ? refused(ResultCode.success)
      : refused(ResultCode.unwillingToPerform, 'unauthenticated bind (DN with no password) disallowed');
  }
  const entry = tree.find(path);
  return entry === undefined ? refused(ResultCode.invalidCredentials) : prove(entry, request.simple);
}

function prove(entry: Entry, password: Buffer): BindReply {
  const stored = attributesOf(entry, 'userpassword').flatMap(({ values }) => values);
  const proven = stored.some((value) => verifyPassword(value, password));
  // Right or wrong password: a lock that told them apart would confirm guesses (OpenLDAP with ppolicy_use_lockout).
  if (attributesOf(entry, 'pwdaccountlockedtime').length > 0) return { ...refused(ResultCode.invalidCredentials), passwordPolicyError: 1 };
  if (!proven) return refused(ResultCode.invalidCredentials);
  const accepted: BindReply = { result: { code: ResultCode.success }, identity: { dn: entry.dn } };
  const mustChange = attributesOf(entry, 'pwdreset').some(({ normals }) => normals.includes('TRUE'));
  return mustChange ? { ...accepted, passwordPolicyError: 2 } : accepted;
}

/**
 * Search (RFC 4511 4.5). Who may see what is OpenLDAP's `access to attrs=userPassword by anonymous auth` and `access to * by
 * users read`: without a bind there is the root DSE, and of everything else not even its existence (noSuchObject).
 */
export function search(tree: Tree, identity: Identity, request: SearchRequest): SearchReply {
  const base = normaliseDn(request.base);
  if (base === undefined) return { entries: [], result: { code: ResultCode.invalidDNSyntax, message: 'invalid DN' } };
  if (base.length === 0 && request.scope === 'base') return found([rootDse(tree)], tree, request);
  if (identity === 'anonymous') return { entries: [], result: { code: ResultCode.noSuchObject } };
  // The empty base is the whole tree, as on a global catalog.
  if (base.length > 0 && tree.find(base) === undefined) {
    return { entries: [], result: { code: ResultCode.noSuchObject, matchedDn: tree.nearest(base)?.dn ?? '' } };
  }
  return found(tree.within(base, request.scope), tree, request);
}

function found(candidates: readonly Entry[], tree: Tree, request: SearchRequest): SearchReply {
  const matches = candidates.filter((entry) => evaluate(request.filter, entry, tree) === true);
  const limit = request.sizeLimit === 0 ? matches.length : request.sizeLimit;
  return {
    entries: matches.slice(0, limit).map((entry) => ({ dn: entry.dn, attributes: select(entry, request) })),
    result: { code: matches.length > limit ? ResultCode.sizeLimitExceeded : ResultCode.success },
  };
}

/** The attributes asked for (RFC 4511 4.5.1.8); `+` is RFC 3673. Never a hidden one, whoever asks. */
function select(entry: Entry, request: SearchRequest): readonly ReturnedAttribute[] {
  const asked = request.attributes.length === 0 ? ['*'] : request.attributes;
  return entry.attributes
    .filter((attribute) => attribute.type.rule !== 'hidden' && asked.some((name) => asksFor(name, attribute)))
    .map(({ name, values }) => ({ name, values: request.types === 'only' ? [] : values }));
}

function asksFor(asked: string, { type, description }: Attribute): boolean {
  if (asked === '*') return type.usage === 'user';
  if (asked === '+') return type.usage === 'operational';
  return asked !== '1.1' && covers(describe(asked), description);
}

/** What the server says about itself to everybody (RFC 4512 5.1). */
function rootDse(tree: Tree): Entry {
  const dse = makeEntry(
    {
      dn: 'cn=root-dse',
      attributes: {
        objectClass: ['top'],
        namingContexts: tree.namingContexts,
        supportedLDAPVersion: ['3'],
        supportedExtension: [START_TLS, WHO_AM_I],
        supportedControl: [PASSWORD_POLICY_CONTROL],
        supportedFeatures: ['1.3.6.1.4.1.4203.1.5.1'], // `+`, RFC 3673
        vendorName: ['ldap-auth embedded directory'],
      },
    },
    { groups: [] },
  );
  const own = dse.attributes.filter(({ type }) => !['cn', 'entrydn', 'entryuuid'].includes(type.name));
  return { ...dse, dn: '', attributes: own };
}
