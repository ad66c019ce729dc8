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

/** True of every entry (RFC 4512, 2.4.1). */
export const anyEntry = new PresenceFilter({ attribute: 'objectClass' });

/** Entries with this value of an attribute, byte by byte as the directory gave it. */
export function withValue(attribute: string, value: Buffer): Filter {
  return new EqualityFilter({ attribute, value });
}

/** Entries that match and have a value of this attribute, as far as it is shown. */
export function having(attribute: string, filter: Filter): Filter {
  return new AndFilter({ filters: [filter, new PresenceFilter({ attribute })] });
}

/** Normal user accounts of Active Directory (sAMAccountType, MS-SAMR 2.2.1.9) that have one of these names. */
export function domainUserOf(accountName: string, principalName: string): Filter {
  const names = [
    new EqualityFilter({ attribute: 'sAMAccountName', value: accountName }),
    new EqualityFilter({ attribute: 'userPrincipalName', value: principalName }),
  ];
  return new AndFilter({
    filters: [new EqualityFilter({ attribute: 'sAMAccountType', value: '805306368' }), new OrFilter({ filters: names })],
  });
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
  const forAnybody = anybody === undefined ? undefined : buildAround(anybody)(NOBODY);
  return { ok: true, filter: { forName: build(parsed.node), nameAttributes, forAnybody } };
}

/** For a filter without a hole. */
const NOBODY: LoginName = { typed: '', accountName: undefined };

type Build = (name: LoginName) => Filter;

function build(node: FilterNode): Build {
  if (namesIn(node, 'anywhere').length > 0) return buildAround(node);
  const filter = buildAround(node)(NOBODY); // no hole in it: made once
  return () => filter;
}

function buildAround(node: FilterNode): Build {
  switch (node.kind) {
    case 'and': {
      const parts = node.nodes.map(build);
      return (name) => new AndFilter({ filters: parts.map((part) => part(name)) });
    }
    case 'or': {
      const parts = node.nodes.map(build);
      return (name) => new OrFilter({ filters: parts.map((part) => part(name)) });
    }
    case 'not': {
      const part = build(node.node);
      return (name) => new NotFilter({ filter: part(name) });
    }
    case 'present':
      return () => new PresenceFilter({ attribute: node.attribute });
    case 'equal':
      return buildEquality(node.attribute, node.value);
    default:
      return buildMatch(node);
  }
}

/** `alice@corp.example.com` is alice's implicit principal name in Active Directory, held by no attribute: see login-name.ts. */
function buildEquality(attribute: string, value: Value): Build {
  const assertion: (name: string) => string | Buffer = isBareName(value) ? (name) => name : (name) => bytes(value, name);
  const typed: Build = (name) => new EqualityFilter({ attribute, value: assertion(name.typed) });
  if (attribute.toLowerCase() !== 'samaccountname') return typed;
  return (name) => {
    if (name.accountName === undefined) return typed(name);
    const account = new EqualityFilter({ attribute, value: assertion(name.accountName) });
    return new OrFilter({ filters: [typed(name), account] });
  };
}

type Match = Extract<FilterNode, { readonly kind: 'substrings' | 'greater' | 'less' | 'approximate' | 'extensible' }>;

function buildMatch(node: Match): Build {
  switch (node.kind) {
    case 'substrings':
      return (name) =>
        new SubstringFilter({
          attribute: node.attribute,
          initial: text(node.initial, name),
          any: node.any.map((part) => text(part, name)),
          final: text(node.final, name),
        });
    case 'greater':
      return (name) => new GreaterThanEqualsFilter({ attribute: node.attribute, value: text(node.value, name) });
    case 'less':
      return (name) => new LessThanEqualsFilter({ attribute: node.attribute, value: text(node.value, name) });
    case 'approximate':
      return (name) => new ApproximateFilter({ attribute: node.attribute, value: text(node.value, name) });
    case 'extensible':
      return (name) =>
        new ExtensibleFilter({ matchType: node.attribute, rule: node.rule, dnAttributes: node.dn, value: text(node.value, name) });
  }
}

/** `(uid={username})` */
function isBareName(value: Value): boolean {
  return value.length === 1 && value[0] === 'username';
}

function bytes(value: Value, name: string): Buffer {
  return Buffer.concat(value.map((part) => (part === 'username' ? Buffer.from(name) : part)));
}

/** The parser has made sure that these bytes are UTF-8. */
function text(value: Value, name: LoginName): string {
  return bytes(value, name.typed).toString('utf8');
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
