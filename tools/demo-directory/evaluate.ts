import type { Entry } from './entry.ts';
import type { Filter, SubstringsFilter } from './filter.ts';
import { normalise } from './matching.ts';
import { type AttributeType, typeOf } from './schema.ts';
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
    case 'equality':
      return test(filter.attribute, entry, tree, (type) => equalityTest(filter.value, type));
    case 'unrecognised':
      return undefined;
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
function test(attribute: string, entry: Entry, tree: Tree, makeTest: (type: AttributeType) => ValueTest | undefined): Truth {
  const type = typeOf(attribute);
  const matches = tree.knows(type.name) && type.rule !== 'hidden' ? makeTest(type) : undefined;
  return matches && (entry.attributes.get(type.name)?.normals.some(matches) ?? false);
}

function equalityTest(value: Buffer, { rule }: AttributeType): ValueTest | undefined {
  const asserted = normalise(rule, value);
  return asserted === undefined ? undefined : (normal) => normal === asserted;
}

function substringsTest({ parts }: SubstringsFilter, { rule }: AttributeType): ValueTest | undefined {
  const texts = parts.map(({ part, value }) => ({ part, text: normalise(rule, value, part) }));
  if (texts.some(({ text }) => text === undefined)) return undefined;
  return (normal) => {
    let at = 0;
    return texts.every(({ part, text = '' }) => {
      const found = part === 'final' ? normal.length - text.length : normal.indexOf(text, at);
      const fits = part === 'initial' ? found === 0 : found >= at && normal.startsWith(text, found);
      at = found + text.length;
      return fits;
    });
  };
}
