import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from '@jest/globals';

import packageJson from '../../package.json' with { type: 'json' };
import { SETTINGS } from '../../src/config/settings.ts';
import { anchorsIn, linksIn, tablesIn, withoutCode } from './markdown.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Every document of the repository. */
const DOCUMENTS = ['*.md', 'docs/**/*.md', 'examples/**/*.md', 'certs/*.md', '.github/**/*.md']
  .flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  .map((file) => file.replaceAll('\\', '/'))
  .toSorted();

const CHINESE = 'README.zh-CN.md';
const RECORDS = DOCUMENTS.filter((file) => file.startsWith('docs/decisions/'));

/** Written in the style of CONTRIBUTING.md: they say whom they are for, and hold no word of insiders. A record says its state instead. */
const PLAIN = DOCUMENTS.filter((file) => file !== CHINESE && !RECORDS.includes(file) && !file.startsWith('.github/'));

/** Words that a reader of this repository alone cannot know, a second word for "unknown", and riddles. */
const STRANGE =
  /\bthe (?:seed|article)\b|\bissue \d|\bdoors?\b|\bindeterminate\b|nobody knows|seen to see|alarm clock|\bin vain\b|\bwhoever\b/gi;

/** LDAP_AUTH_INSTALL is for the tests alone. */
const KNOWN = new Set([...Object.keys(SETTINGS), 'LDAP_AUTH_INSTALL']);

/** The stage parameter ldapTlsCa is the variable LDAP_TLS_CA. */
function variableOf(parameter: string): string {
  return parameter.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), 'utf8');
}

/** What is read: no code, and no target of a link, which may be the name of an alarm. */
function wordsOf(document: string): string {
  return withoutCode(read(document)).replaceAll(/\]\([^)]*\)/g, ']');
}

/** Files that do not exist, and anchors that no heading has. */
function brokenLinks(document: string): readonly string[] {
  return linksIn(read(document)).flatMap(({ path: target, anchor }) => {
    const file = target === '' ? document : path.join(path.dirname(document), decodeURIComponent(target));
    if (!existsSync(path.join(ROOT, file))) return [`${target}: there is no such file`];
    if (anchor === '' || statSync(path.join(ROOT, file)).isDirectory() || !file.endsWith('.md')) return [];
    return anchorsIn(read(file)).has(decodeURIComponent(anchor)) ? [] : [`${target}#${anchor}: no such heading`];
  });
}

test('the documents are found', () => {
  expect(DOCUMENTS).toEqual(expect.arrayContaining(['README.md', 'SECURITY.md', 'docs/deploy.md', 'examples/README.md', ...PLAIN]));
});

describe.each(DOCUMENTS)('%s', (document) => {
  test('links to files and headings that exist', () => {
    expect(brokenLinks(document)).toEqual([]);
  });

  test('has as many cells in each row of a table as in its head', () => {
    expect(tablesIn(read(document)).filter((rows) => new Set(rows).size > 1)).toEqual([]);
  });

  test('begins with one title, closes its code, and names npm scripts that exist', () => {
    const text = read(document);
    expect(text).toMatch(/^# \S/);
    expect((text.match(/^ *```/gm) ?? []).length % 2).toBe(0);
    const scripts = [...text.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name]) => name ?? '');
    expect(scripts.filter((name) => !(name in packageJson.scripts))).toEqual([]);
  });

  test('names settings that exist, as variables and as stage parameters', () => {
    const text = read(document);
    const variables = [...text.matchAll(/\b(?:LDAP|AUTH)_[A-Z][A-Z_]*[A-Z]\b/g)].map(([name]) => name);
    const parameters = [...text.matchAll(/\b(?:ldap|auth)[A-Z]\w+(?=[:=`])/g)].map(([name]) => variableOf(name));
    expect([...variables, ...parameters].filter((name) => !KNOWN.has(name))).toEqual([]);
  });
});

describe.each(PLAIN)('%s', (document) => {
  test('says at once whom it is for', () => {
    expect(read(document)).toMatch(/^# .+\n\nFor /);
  });

  test('has no word that a reader of this repository alone cannot know', () => {
    expect(wordsOf(document).match(STRANGE)).toBeNull();
  });
});

describe.each(RECORDS)('%s', (record) => {
  test('says its state and its date, and has its number in its title', () => {
    const number = Number(/\/(\d{4})-/.exec(record)?.[1]);
    expect(read(record)).toMatch(
      new RegExp(
        `^# ${String(number)}\\. .+\\n\\nStatus: (?:accepted|superseded by \\[\\d+\\]\\([^)]+\\)), \\d{4}-\\d\\d-\\d\\d(?:; changed \\d{4}-\\d\\d-\\d\\d)?\\n\\n## `,
      ),
    );
  });

  test('has no word that a reader of this repository alone cannot know', () => {
    expect(wordsOf(record).match(STRANGE)).toBeNull();
  });
});

describe('the check itself', () => {
  test('gives the anchors that GitHub gives', () => {
    const text =
      '# A `b`, c: d (e)\n## Again\n## Again\n### 6. Parameters, and the deployment\n## 中文 标题\n```\n# none\n```\n## [Linked](x.md) one\n';
    expect([...anchorsIn(text)]).toEqual(['a-b-c-d-e', 'again', 'again-1', '6-parameters-and-the-deployment', '中文-标题', 'linked-one']);
  });

  test('sees links and pictures, and none in code', () => {
    const text = '[a](b.md#c) ![d](e.png) `[f](g.md)` [h](https://x) [i](#j)\n```\n[k](l.md)\n```\n';
    expect(linksIn(text)).toEqual([
      { path: 'b.md', anchor: 'c' },
      { path: 'e.png', anchor: '' },
      { path: '', anchor: 'j' },
    ]);
  });

  test('counts the cells of a table', () => {
    expect(tablesIn('| a | b |\n| --- | --- |\n| 1 | 2 |\n| `x \\| y` | 2 | 3 |\n\ntext\n')).toEqual([[2, 2, 2, 3]]);
  });
});
