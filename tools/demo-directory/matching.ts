import { parseText } from './ber.ts';
import { keyOf, normaliseDn } from './dn.ts';
import type { Rule } from './schema.ts';
import { type Part, caseExact, caseIgnore, isIa5 } from './strings.ts';

/** A value in the form in which equal values are the same string. Undefined: it is not of the rule's syntax. */
export function normalise(rule: Rule, value: Buffer): string | undefined {
  if (rule === 'hidden') return undefined;
  if (rule === 'octetString') return value.toString('hex');
  const text = parseText(value);
  return text === undefined ? undefined : NORMALISERS[rule](text);
}

/** Parts of a substrings assertion. Rules other than those for strings have no substrings: undefined. */
export function normalisePart(rule: Rule, value: Buffer, part: Part): string | undefined {
  const text = parseText(value);
  if (text === undefined || text === '') return undefined;
  if (rule === 'caseIgnore' || rule === 'caseIgnoreIa5') return caseIgnore(text, part);
  return rule === 'caseExactIa5' ? caseExact(text, part) : undefined;
}

// A directory string has at least one character (RFC 4517 3.3.6); slapd evaluates `(uid=)` to Undefined.
function directoryString(prepare: (text: string) => string) {
  return (text: string) => (text === '' ? undefined : prepare(text));
}
function ia5String(prepare: (text: string) => string) {
  return (text: string) => (isIa5(text) ? prepare(text) : undefined);
}

const NORMALISERS: Readonly<Record<Exclude<Rule, 'hidden' | 'octetString'>, (text: string) => string | undefined>> = {
  caseIgnore: directoryString((text) => caseIgnore(text)),
  caseIgnoreIa5: ia5String((text) => caseIgnore(text)),
  caseExactIa5: ia5String((text) => caseExact(text)),
  objectIdentifier: ia5String((text) => text.trim().toLowerCase()),
  boolean: (text) => (/^(true|false)$/i.test(text) ? text.toUpperCase() : undefined),
  integer: (text) => (/^(0|-?[1-9]\d{0,39})$/.test(text) ? BigInt(text).toString() : undefined),
  distinguishedName: (text) => {
    const normal = normaliseDn(text);
    return normal && keyOf(normal);
  },
};
