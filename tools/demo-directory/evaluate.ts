import type { Entry } from './entry.ts';
import type { Filter, SubstringsFilter } from './filter.ts';
import { normalise, normalisePart } from './matching.ts';
import { type AttributeType, covers, describe, typeOf } from './schema.ts';
import type { Tree } from './tree.ts';

/** The third value of RFC 4511 4.5.1.7, Undefined, is `undefined`: an entry is returned for true alone. */
export type Truth = boolean | undefined;

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
    case 'unrecognised':
      return undefined;
    case 'equality':
      return test(filter.attribute, entry, tree, (type) => equalityTest(filter.value, type));
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

function equalityTest(value: Buffer, { rule }: AttributeType): ValueTest | undefined {
  const asserted = normalise(rule, value);
  return asserted === undefined ? undefined : (normal) => normal === asserted;
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
