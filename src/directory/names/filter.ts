import {
  AndFilter,
  ApproximateFilter,
  EqualityFilter,
  ExtensibleFilter,
  type Filter,
  GreaterThanEqualsFilter,
  LessThanEqualsFilter,
  NotFilter,
  OrFilter,
  PresenceFilter,
  SubstringFilter,
} from 'ldapts';

import { type FilterNode, parseFilterText, type Value } from './filter-text.ts';
import type { LoginName } from './login-name.ts';

/** True of entries that have this value of an attribute (RFC 4511, 4.5.1.7.1). */
export function equal(attribute: string, value: string | Buffer): Filter {
  return new EqualityFilter({ attribute, value });
}

/** True of entries that have the attribute, as far as it is shown (RFC 4511, 4.5.1.7.5). */
export function present(attribute: string): Filter {
  return new PresenceFilter({ attribute });
}

/** True where none of them is false (RFC 4526: so is the empty one). */
export function allOf(filters: readonly Filter[]): Filter {
  return new AndFilter({ filters: [...filters] });
}

/** True where one of them is. */
export function anyOf(filters: readonly Filter[]): Filter {
  return new OrFilter({ filters: [...filters] });
}

export function not(filter: Filter): Filter {
  return new NotFilter({ filter });
}

/** LDAP_MATCHING_RULE_IN_CHAIN (MS-ADTS 3.1.1.3.4.4.3): through groups in groups, cycles included. */
export function inChain(attribute: 'member' | 'memberOf', value: string): Filter {
  return new ExtensibleFilter({ matchType: attribute, rule: '1.2.840.113556.1.4.1941', value });
}

/** True of every entry (RFC 4512, 2.4.1). */
export const anyEntry = present('objectClass');

/** Normal user accounts of Active Directory (sAMAccountType, MS-SAMR 2.2.1.9) that have one of these names. */
export function domainUserOf(accountName: string, principalName: string): Filter {
  const isNamed = anyOf([equal('sAMAccountName', accountName), equal('userPrincipalName', principalName)]);
  return allOf([equal('sAMAccountType', '805306368'), isNamed]);
}

/** A filter with a hole for the name. */
export type UserFilter = {
  readonly forName: (name: LoginName) => Filter;
  /** The attributes that the name is compared with, lower case, in the order of the text. */
  readonly nameAttributes: readonly string[];
  /**
   * Everybody whom some name may find: presence (RFC 4511, 4.5.1.7.5) in place of each assertion that holds the name.
   * Undefined where no such assertion names an attribute: `(:caseExactMatch:={username})`.
   */
  readonly forAnybody: Filter | undefined;
};

export type FilterResult = { readonly ok: true; readonly filter: UserFilter } | { readonly ok: false; readonly expected: string };

/**
 * RFC 4515 text with `{username}` as a filter made of objects. The name is put into assertion values as it is, never into
 * text, so there is nothing to escape and nothing to escape twice: whatever a name contains, it matches only itself.
 */
export function parseUserFilter(text: string): FilterResult {
  const parsed = parseFilterText(text);
  if (!parsed.ok) return parsed;
  const nameAttributes = [...new Set(namesIn(parsed.node, 'asserted'))];
  if (nameAttributes.length === 0) return { ok: false, expected: 'a filter with {username} in an assertion value, not only under !' };
  const anybody = presenceOf(parsed.node);
  const forAnybody = anybody === undefined ? undefined : build(anybody)({ typed: '', accountName: undefined }); // no hole is left in it
  return { ok: true, filter: { forName: build(parsed.node), nameAttributes, forAnybody } };
}

type Build = (name: LoginName) => Filter;

const COMPARISON = { greater: GreaterThanEqualsFilter, less: LessThanEqualsFilter, approximate: ApproximateFilter } as const;

function build(node: FilterNode): Build {
  switch (node.kind) {
    case 'and':
    case 'or': {
      const parts = node.nodes.map(build);
      const join = node.kind === 'and' ? allOf : anyOf;
      return (name) => join(parts.map((part) => part(name)));
    }
    case 'not': {
      const part = build(node.node);
      return (name) => not(part(name));
    }
    case 'present':
      return () => present(node.attribute);
    case 'equal':
      return buildEquality(node.attribute, node.value);
    case 'greater':
    case 'less':
    case 'approximate':
      return ({ typed }) => new COMPARISON[node.kind]({ attribute: node.attribute, value: text(node.value, typed) });
    case 'substrings': {
      const { attribute, initial, any, final } = node;
      return ({ typed }) => {
        const pieces = { initial: text(initial, typed), any: any.map((piece) => text(piece, typed)), final: text(final, typed) };
        return new SubstringFilter({ attribute, ...pieces });
      };
    }
    case 'extensible': {
      const { attribute: matchType, rule, dn: dnAttributes, value } = node;
      return ({ typed }) => new ExtensibleFilter({ matchType, rule, dnAttributes, value: text(value, typed) });
    }
  }
}

/** `alice@corp.example.com` is alice's implicit principal name in Active Directory, held by no attribute: see login-name.ts. */
function buildEquality(attribute: string, value: Value): Build {
  const isAccountName = attribute.toLowerCase() === 'samaccountname';
  return ({ typed, accountName }) => {
    const asTyped = equal(attribute, bytes(value, typed));
    return isAccountName && accountName !== undefined ? anyOf([asTyped, equal(attribute, bytes(value, accountName))]) : asTyped;
  };
}

function bytes(value: Value, name: string): Buffer {
  return Buffer.concat(value.map((part) => (part === 'username' ? Buffer.from(name) : part)));
}

/** The parser has made sure that these bytes are UTF-8. */
function text(value: Value, name: string): string {
  return bytes(value, name).toString('utf8');
}

/** Under a negation the name is everybody else's: there it asserts nothing. */
function namesIn(node: FilterNode, where: 'asserted' | 'anywhere'): readonly string[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.nodes.flatMap((part) => namesIn(part, where));
    case 'not':
      return where === 'asserted' ? [] : namesIn(node.node, where);
    case 'present':
      return [];
    case 'substrings':
      return [node.initial, ...node.any, node.final].some(hasName) ? [node.attribute.toLowerCase()] : [];
    default:
      return hasName(node.value) ? [node.attribute.toLowerCase()] : [];
  }
}

function hasName(value: Value): boolean {
  return value.includes('username');
}

/**
 * The filter with presence in place of the name; undefined where nothing is left of it. An assertion under a negation is left
 * out: `(!(mail={username}))` excludes one name of an entry, and `(!(mail=*))` would exclude the entry. So is one that names
 * no attribute: the entry must then be found by the other assertions.
 */
function presenceOf(node: FilterNode, under: 'assertion' | 'negation' = 'assertion'): FilterNode | undefined {
  if (namesIn(node, 'anywhere').length === 0) return node;
  switch (node.kind) {
    case 'and':
    case 'or': {
      const nodes = node.nodes.map((part) => presenceOf(part, under)).filter((part) => part !== undefined);
      return nodes.length === 0 ? undefined : { kind: node.kind, nodes };
    }
    case 'not': {
      const part = presenceOf(node.node, 'negation');
      return part === undefined ? undefined : { kind: 'not', node: part };
    }
    default:
      return under === 'negation' || node.attribute === '' ? undefined : { kind: 'present', attribute: node.attribute };
  }
}
