import { jsonIn } from '../core/anything.ts';
import { dnsIn } from './applications.ts';
import type { EnvironmentReader } from './environment.ts';
import { Secret } from '../core/secret.ts';

/** A setting that is given in the environment, or lies in SSM Parameter Store or Secrets Manager under a name that is given. */
export type StoredSetting =
  | { readonly kind: 'given'; readonly value: Secret }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'secret'; readonly id: string };

/** In whose name people are searched. */
export type SearchAccount =
  { readonly kind: 'service account'; readonly bindDn: string; readonly bindPassword: StoredSetting } | { readonly kind: 'anonymous' };

/** LDAP_BASE_DN: one DN, a JSON array of DNs, or `*`. That each is a DN is checked where DNs are understood. */
export function readBases(reader: EnvironmentReader): readonly string[] {
  const expected = 'the DN under which users are searched, or a JSON array of such DNs';
  const text = required(reader, 'LDAP_BASE_DN', expected);
  if (!text.trimStart().startsWith('[')) return text === '' ? [] : [text === '*' ? '' : text];
  const bases = dnsIn(jsonIn(text)) ?? [];
  if (bases.length === 0) reader.refuse('LDAP_BASE_DN', expected);
  return [...new Set(bases)];
}

const BIND_PASSWORDS = ['LDAP_BIND_PASSWORD', 'LDAP_BIND_PASSWORD_PARAMETER', 'LDAP_BIND_PASSWORD_SECRET'] as const;

/** In whose name people are searched: an account that is there, or nobody. */
export function readAccount(reader: EnvironmentReader): SearchAccount {
  if (!reader.read('LDAP_ANONYMOUS_SEARCH')) {
    const expected = 'the DN of the service account, or LDAP_ANONYMOUS_SEARCH=true, or LDAP_USER_DN_TEMPLATE';
    const bindDn = required(reader, 'LDAP_BIND_DN', expected);
    return { kind: 'service account', bindDn, bindPassword: readBindPassword(reader) };
  }
  for (const variable of ['LDAP_BIND_DN', ...BIND_PASSWORDS] as const) {
    if (reader.has(variable)) reader.refuse(variable, 'unset beside LDAP_ANONYMOUS_SEARCH=true, which searches without an account');
  }
  return { kind: 'anonymous' };
}

function readBindPassword(reader: EnvironmentReader): StoredSetting {
  const given = BIND_PASSWORDS.filter((variable) => reader.has(variable));
  for (const variable of given.slice(1)) reader.refuse(variable, `unset beside ${given[0] ?? ''}`);
  const name = reader.read('LDAP_BIND_PASSWORD_PARAMETER');
  if (name !== undefined) return { kind: 'parameter', name };
  const id = reader.read('LDAP_BIND_PASSWORD_SECRET');
  if (id !== undefined) return { kind: 'secret', id };
  const expected = 'the password of LDAP_BIND_DN (an empty one is no password), or a store to take it from';
  return { kind: 'given', value: new Secret(required(reader, 'LDAP_BIND_PASSWORD', expected)) };
}

type Required = 'LDAP_BIND_DN' | 'LDAP_BIND_PASSWORD' | 'LDAP_BASE_DN';

function required(reader: EnvironmentReader, variable: Required, expected: string): string {
  const value = reader.read(variable);
  if (value === undefined) reader.refuse(variable, expected);
  return value ?? '';
}
