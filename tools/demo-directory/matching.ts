import { parseText } from './ber.ts';
import { keyOf, normaliseDn } from './dn.ts';
import type { Rule } from './schema.ts';
import { type Part, caseIgnore } from './strings.ts';

/**
 * A value, or a part of one in a substrings filter, in the form in which equal ones are the same string. Undefined: it is not of
 * the rule's syntax, or the rule has no parts.
 */
export function normalise(rule: Rule, value: Buffer, part: Part = 'whole'): string | undefined {
  const text = parseText(value);
  if (text === undefined || rule === 'hidden') return undefined;
  if (rule === 'distinguishedName') return part === 'whole' ? normaliseDnText(text) : undefined;
  // A directory string has at least one character (RFC 4517 3.3.6), an IA5 string none that is not ASCII: slapd evaluates both to Undefined.
  if (rule === 'caseIgnoreIa5' && !/^[\0-\x7f]*$/.test(text)) return undefined;
  return text === '' ? undefined : caseIgnore(text, part);
}

function normaliseDnText(text: string): string | undefined {
  const normal = normaliseDn(text);
  return normal && keyOf(normal);
}
