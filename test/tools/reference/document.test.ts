import { readFileSync } from 'node:fs';

import { describe, expect, test } from '@jest/globals';

import { DIRECTORY_KINDS } from '../../../src/config/directory-kinds.ts';
import { ANSWER_ROWS } from '../../../tools/reference/answers.ts';
import { renderReference } from '../../../tools/reference/document.ts';
import { renderEnvExample } from '../../../tools/reference/env-example.ts';
import { SETTING_ROWS } from '../../../tools/reference/settings.ts';

test('docs/reference.md is what the code would write: npm run reference', () => {
  const document = readFileSync(new URL('../../../docs/reference.md', import.meta.url), 'utf8');
  const filters = Object.fromEntries(Object.entries(DIRECTORY_KINDS).map(([kind, { userFilter }]) => [kind, userFilter]));
  expect(renderReference({ answers: ANSWER_ROWS, settings: SETTING_ROWS, filters })).toBe(document);
});

test('.env.example is what the code would write: npm run reference', () => {
  expect(renderEnvExample()).toBe(readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8'));
});

describe('a row of the reference', () => {
  const told = (value: string, meaning: string): string =>
    renderReference({ answers: [], settings: [{ name: 'LDAP_X', default: value, meaning }], filters: {} });

  test.each([
    ['a value as code', '2000', '| `LDAP_X` | `2000` | x |'],
    ['words as words', 'system roots', '| `LDAP_X` | system roots | x |'],
    ['"none" as a word', 'none', '| `LDAP_X` | none | x |'],
  ])('shows a default that is %s', (_what, value, row) => {
    expect(told(value, 'x').split('\n')).toContain(row);
  });

  test('may hold a pipe', () => {
    expect(told('none', '`(|(a=b))`').split('\n')).toContain(String.raw`| \`LDAP_X\` | none | \`(\|(a=b))\` |`.replaceAll('\\`', '`'));
  });
});
