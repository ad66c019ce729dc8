import { parseText } from './ber.ts';
import { type Attribute, type Entry, attributesOf } from './entry.ts';
import type { ExtensibleFilter, Filter, SubstringsFilter } from './filter.ts';
import { normalise, normalisePart, order } from './matching.ts';
import { type AttributeType, MATCHING_RULES, covers, describe, typeOf } from './schema.ts';
import type { Tree } from './tree.ts';

/** The third value of RFC 4511 4.5.1.7, Undefined, is `undefined`: an entry is returned for true alone. */
export type Truth = boolean | undefined;

/** Microsoft's rules (MS-ADTS 3.1.1.3.4.4): all bits set, any bit set, reached through a chain of DNs. */
const BIT_AND = '1.2.840.113556.1.4.803';
const BIT_OR = '1.2.840.113556.1.4.804';
const IN_CHAIN = '1.2.840.113556.1.4.1941';

export function evaluate(filter: Filter, entry: Entry, tree: Tree): Truth {
  switch (filter.kind) {
    case 'and':
      return all(filter.filters.map((inner) => evaluate(inner, entry, tree)));
    case 'or':
      return not(all(filter.filters.map((inner) => not(evaluate(inner, entry, tree)))));
    case 'not':
      return not(evaluate(filter.filter, entry, tree));
    case 'present':
      return test(filter.attribute, entry, tree, () => () => true);
    case 'substrings':
      return test(filter.attribute, entry, tree, (type) => substringsTest(filter, type));
    case 'extensible':
      return evaluateExtensible(filter, entry, tree);
    case 'unrecognised':
      return undefined;
    default:
      return test(filter.attribute, entry, tree, (type) => assertionTest(filter.kind, filter.value, type));
  }
}

function not(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

/** True of an empty set (RFC 4526), and false as soon as one is false, Undefined or not. */
function all(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes(undefined) ? undefined : true;
}

type ValueTest = (normal: string) => boolean;

/** Undefined when the attribute is not recognised, is nobody's to read, or the assertion does not suit its syntax. */
function test(description: string, entry: Entry, tree: Tree, makeTest: (type: AttributeType) => ValueTest | undefined): Truth {
  const wanted = describe(description);
  const type = typeOf(wanted.type);
  const matches = tree.knows(type.name) && type.rule !== 'hidden' ? makeTest(type) : undefined;
  if (matches === undefined) return undefined;
  return entry.attributes.some((attribute) => covers(wanted, attribute.description) && attribute.normals.some(matches));
}

type Comparison = 'equality' | 'greaterOrEqual' | 'lessOrEqual' | 'approx';

function assertionTest(kind: Comparison, value: Buffer, { rule }: AttributeType): ValueTest | undefined {
  const asserted = normalise(rule, value);
  if (asserted === undefined) return undefined;
  // approxMatch may be equality (RFC 4511 4.5.1.7.6); OpenLDAP's own sounds out English words.
  if (kind === 'equality' || kind === 'approx') return (normal) => normal === asserted;
  if (order(rule, asserted, asserted) === undefined) return undefined;
  const sign = kind === 'greaterOrEqual' ? 1 : -1;
  return (normal) => (order(rule, normal, asserted) ?? Number.NaN) * sign >= 0;
}

function substringsTest(filter: SubstringsFilter, { rule }: AttributeType): ValueTest | undefined {
  const parts = filter.parts.map(({ part, value }) => ({ part, text: normalisePart(rule, value, part) }));
  if (parts.some(({ text }) => text === undefined)) return undefined;
  return (normal) => {
    let at = 0;
    return parts.every(({ part, text = '' }) => {
      const found = part === 'final' ? normal.length - text.length : normal.indexOf(text, at);
      const fits = part === 'initial' ? found === 0 : found >= at && normal.startsWith(text, found);
      at = found + text.length;
      return fits;
    });
  };
}

function evaluateExtensible(filter: ExtensibleFilter, entry: Entry, tree: Tree): Truth {
  const { rule, attribute, value } = filter;
  if (rule === undefined && attribute === undefined) return undefined;
  if (rule === IN_CHAIN) return attribute === undefined ? undefined : isInChain(attribute, value, entry, tree);
  if (rule === BIT_AND || rule === BIT_OR) {
    return attribute === undefined ? undefined : test(attribute, entry, tree, (type) => bitsTest(rule, value, type));
  }
  const matchingRule = rule === undefined ? undefined : MATCHING_RULES.get(rule.toLowerCase());
  if (rule !== undefined && matchingRule === undefined) return undefined;
  if (attribute !== undefined && test(attribute, entry, tree, () => () => true) === undefined) return undefined;
  const matchedBy = matchingRule ?? typeOf(describe(attribute ?? '').type).rule;
  const asserted = normalise(matchedBy, value);
  if (asserted === undefined) return undefined;
  return candidates(filter, entry).some(({ values }) => values.some((held) => normalise(matchedBy, held) === asserted));
}

/** The attributes that an extensible assertion looks at: those of its type, or all, and those of the DN if it asks for them. */
function candidates(filter: ExtensibleFilter, entry: Entry): readonly Pick<Attribute, 'values'>[] {
  const wanted = filter.attribute === undefined ? undefined : describe(filter.attribute);
  const named = filter.dnAttributes
    ? entry.name.flat().map(({ type, value }) => ({ description: describe(type), type: typeOf(type), values: [value] }))
    : [];
  return [...entry.attributes, ...named].filter(
    ({ description, type }) => type.rule !== 'hidden' && (wanted === undefined || covers(wanted, description)),
  );
}

function bitsTest(rule: typeof BIT_AND | typeof BIT_OR, value: Buffer, type: AttributeType): ValueTest | undefined {
  const asserted = type.rule === 'integer' ? normalise('integer', value) : undefined;
  if (asserted === undefined) return undefined;
  const mask = BigInt(asserted);
  return (normal) => (rule === BIT_AND ? (BigInt(normal) & mask) === mask : (BigInt(normal) & mask) !== 0n);
}

/** Whether the DN is among the attribute's values, or those of the entries they name, and so on; circles are harmless. */
function isInChain(attribute: string, value: Buffer, entry: Entry, tree: Tree): Truth {
  const type = typeOf(describe(attribute).type);
  const target = parseText(value) === undefined ? undefined : normalise('distinguishedName', value);
  if (type.rule !== 'distinguishedName' || target === undefined) return undefined;
  const seen = new Set<string>();
  const open: Entry[] = [entry];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const key of attributesOf(next, type.name).flatMap(({ normals }) => normals)) {
      if (seen.has(key)) continue;
      seen.add(key);
      const reached = tree.find(key.split('\n'));
      if (reached !== undefined) open.push(reached);
    }
  }
  return seen.has(target);
}
