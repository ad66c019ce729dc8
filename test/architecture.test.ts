import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';

import { CONFINED, ROOMS } from './rooms.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

type Import = { readonly from: string; readonly to: string; readonly names: readonly string[]; readonly isType: boolean };

type File = { readonly name: string; readonly text: string; readonly tree: ts.SourceFile; readonly imports: readonly Import[] };

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => {
    walk(child, visit);
  });
}

function literal(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;
}

/** What an import clause takes at run time; a default or whole import is named `*`. */
function namesOf(clause: ts.ImportClause | undefined): readonly string[] {
  if (clause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
  const bindings = clause?.namedBindings;
  const named = bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : [];
  const whole = clause === undefined || clause.name !== undefined || (bindings !== undefined && ts.isNamespaceImport(bindings));
  return [
    ...(whole ? ['*'] : []),
    ...named.filter(({ isTypeOnly }) => !isTypeOnly).map(({ name, propertyName }) => (propertyName ?? name).text),
  ];
}

function importsOf(name: string, tree: ts.SourceFile): readonly Import[] {
  const imports: Import[] = [];
  const add = (specifier: string | undefined, names: readonly string[]): void => {
    if (specifier === undefined) return;
    const to = specifier.startsWith('.') ? path.posix.join(path.posix.dirname(name), specifier) : specifier;
    imports.push({ from: name, to, names, isType: names.length === 0 });
  };
  walk(tree, (node) => {
    if (ts.isImportDeclaration(node)) add(literal(node.moduleSpecifier), namesOf(node.importClause));
    else if (ts.isExportDeclaration(node)) add(literal(node.moduleSpecifier), node.isTypeOnly ? [] : ['*']);
    else if (ts.isImportTypeNode(node)) add(ts.isLiteralTypeNode(node.argument) ? literal(node.argument.literal) : undefined, []);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(literal(node.arguments[0]), ['*']);
  });
  return imports;
}

const FILES: readonly File[] = globSync('{src,tools}/**/*.ts', { cwd: ROOT })
  .map((name) => name.replaceAll('\\', '/'))
  .sort()
  .map((name) => {
    const text = readFileSync(path.join(ROOT, name), 'utf8');
    const tree = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    return { name, text, tree, imports: importsOf(name, tree) };
  });

/** The innermost room that holds a file. */
function roomOf(file: string): string | undefined {
  const holding = [...ROOMS.map(({ room }) => room), 'stack'].filter((room) => file === room || file.startsWith(`${room}/`));
  return holding.toSorted((one, other) => other.length - one.length)[0];
}

function isOurs(specifier: string): boolean {
  return specifier.endsWith('.ts');
}

function matches(specifier: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => (pattern.endsWith('*') ? specifier.startsWith(pattern.slice(0, -1)) : specifier === pattern));
}

function shown({ from, to, names }: Import): string {
  return `${from} imports ${names.length > 0 ? names.join(', ') : 'types'} from ${to}`;
}

const ALL_IMPORTS = FILES.flatMap(({ imports }) => imports);

describe('who imports what', () => {
  test.each(ROOMS)('$room: $because', ({ room, ours, packages, types = [] }) => {
    const strange = ALL_IMPORTS.filter(({ from, to, isType }) => {
      if (roomOf(from) !== room) return false;
      if (isOurs(to)) return ![room, ...ours, ...(isType ? types : [])].includes(roomOf(to) ?? 'none');
      return !matches(to, packages) && !(isType && matches(to, types));
    });
    expect(strange.map(shown)).toEqual([]);
  });

  test('every file is in a room', () => {
    expect(FILES.map(({ name }) => name).filter((name) => roomOf(name) === undefined)).toEqual([]);
  });

  test.each(CONFINED)('$what: $because', ({ what, names = /^/, to }) => {
    const strange = ALL_IMPORTS.filter(
      (one) =>
        one.to === what &&
        roomOf(one.from) !== 'tools' &&
        !to.some((place) => one.from.startsWith(place)) &&
        one.names.some((name) => names.test(name)),
    );
    expect(strange.map(shown)).toEqual([]);
  });

  test('every import of ours names a file that is there, with its extension', () => {
    const relative = ALL_IMPORTS.filter(({ to }) => isOurs(to) || to.startsWith('.') || to.startsWith('/'));
    expect(relative.filter(({ to }) => !existsSync(path.join(ROOT, to))).map(shown)).toEqual([]);
  });

  test('no circles', () => {
    const targets = new Map(FILES.map(({ name, imports }) => [name, imports.map(({ to }) => to).filter(isOurs)]));
    const finished = new Set<string>();
    const circles: string[] = [];
    const follow = (name: string, trail: readonly string[]): void => {
      if (trail.includes(name)) circles.push([...trail.slice(trail.indexOf(name)), name].join(' -> '));
      else if (!finished.has(name)) for (const target of targets.get(name) ?? []) follow(target, [...trail, name]);
      finished.add(name);
    };
    for (const { name } of FILES) follow(name, []);
    expect(circles).toEqual([]);
  });

  test('the files are found and understood', () => {
    expect(FILES.length > 40).toBe(true);
    expect(ALL_IMPORTS).toContainEqual({ from: 'src/handlers/auth.ts', to: '@middy/core', names: ['*'], isType: false });
    expect(ALL_IMPORTS).toContainEqual({ from: 'src/ldap/session.ts', to: 'node:net', names: [], isType: true });
    expect(ALL_IMPORTS).toContainEqual({ from: 'src/core/secret.ts', to: 'node:util', names: ['inspect'], isType: false });
  });
});

/** What is nowhere in src and tools: how to see it in a syntax tree, or in the text, comments included. */
const BANNED: readonly (readonly [string, (node: ts.Node) => boolean])[] = [
  [
    'default exports',
    (node) => ts.isExportAssignment(node) || (node.kind === ts.SyntaxKind.DefaultKeyword && ts.canHaveModifiers(node.parent)),
  ],
  ['any', (node) => node.kind === ts.SyntaxKind.AnyKeyword],
  ['non-null assertions', (node) => ts.isNonNullExpression(node)],
  [
    'definite assignments',
    (node) => (ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node)) && node.exclamationToken !== undefined,
  ],
  ['barrels', (node) => ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined],
  ['console', (node) => ts.isIdentifier(node) && node.text === 'console' && !ts.isPropertyAssignment(node.parent)],
  ['enums and namespaces', (node) => ts.isEnumDeclaration(node) || ts.isModuleDeclaration(node)],
  ['boolean parameters', (node) => ts.isParameter(node) && node.type?.kind === ts.SyntaxKind.BooleanKeyword],
];

const BANNED_TEXT = [
  ['directives that silence a tool', /@ts-(?:ignore|expect-error|nocheck)|eslint-disable|prettier-ignore|istanbul ignore|c8 ignore/],
  ['words of insiders', /nobody knows|seen to see|\bthe (?:seed|article)\b|\bdoors?\b|\bissue \d|alarm clock/i],
  ['utils, helpers, managers', /\b(?:utils?|helpers?)\.ts\b|\bclass \w*Manager\b/],
] as const;

/** Where a secret is let out, and the environment let in. */
const ONLY_IN = [
  ['a look at a certificate that was refused', /rejectUnauthorized: *false/, ['src/doctor/peer-certificate.ts']],
  [
    '.reveal()',
    /\.reveal\(\)/,
    ['src/ldap/session.ts', 'src/directory/service/credentials.ts', 'src/ldap/tls-identity.ts', 'src/secrets/stored-value.ts'],
  ],
  ['process.env', /process\.env/, ['src/handlers/', 'tools/']],
  ['service.authenticate(', /\bservice\.authenticate\(/, ['src/handlers/login.ts']],
] as const;

describe('how it is written', () => {
  test.each(BANNED)('no %s', (_what, isBanned) => {
    const found: string[] = [];
    for (const { name, tree } of FILES) {
      walk(tree, (node) => {
        if (isBanned(node)) found.push(`${name}:${String(tree.getLineAndCharacterOfPosition(node.getStart()).line + 1)}`);
      });
    }
    expect(found).toEqual([]);
  });

  test.each(BANNED_TEXT)('no %s', (_what, pattern) => {
    expect(FILES.filter(({ name, text }) => pattern.test(name) || pattern.test(text)).map(({ name }) => name)).toEqual([]);
  });

  test.each(ONLY_IN)('%s only where it must be', (_what, pattern, places) => {
    const strange = FILES.filter(({ name, text }) => pattern.test(text) && !places.some((place) => name.startsWith(place)));
    expect(strange.map(({ name }) => name)).toEqual([]);
  });

  test('no file is longer than 300 lines', () => {
    expect(FILES.map(({ name, text }) => [name, text.trimEnd().split('\n').length] as const).filter(([, lines]) => lines > 300)).toEqual(
      [],
    );
  });
});
