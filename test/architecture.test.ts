import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';

type Room = {
  readonly room: string;
  /** Rooms of ours, beside itself. */
  readonly ours: readonly string[];
  /** Packages; `node:*` is all of Node's. */
  readonly packages: readonly string[];
  /** Packages whose types alone are imported: nothing of them is left at run time. */
  readonly types?: readonly string[];
  readonly because: string;
};

/** Who may import what. A new room is a row. */
const ROOMS: readonly Room[] = [
  {
    room: 'core',
    ours: [],
    packages: ['node:util'],
    because: 'it is the vocabulary of all the others; node:util for inspect.custom alone: a secret must not print itself',
  },
  {
    room: 'http',
    ours: ['core'],
    packages: ['node:buffer'],
    types: ['aws-lambda'],
    because: 'it is pure: events and outcomes in, requests and responses out; node:buffer tells UTF-8',
  },
  {
    room: 'directory',
    ours: ['core'],
    packages: ['node:buffer', 'node:crypto', 'node:dns', 'node:fs', 'node:net', 'node:path', 'node:tls', 'ldapts'],
    because: 'it knows LDAP and nothing of HTTP or Lambda; see CONFINED for who in it',
  },
  { room: 'observe', ours: ['core'], packages: ['node:fs'], because: 'it writes down what happened and decides nothing' },
  {
    room: 'secrets',
    ours: [],
    packages: ['@aws-sdk/*'],
    types: ['core'],
    because: 'it is bundled by itself and imported only when needed: a value of ours in it would be in two bundles',
  },
  {
    room: 'wiring',
    ours: ['core', 'directory', 'observe', 'secrets'],
    packages: [],
    because: 'it is the one place that turns the environment into dependencies',
  },
  {
    room: 'handlers',
    ours: ['core', 'http', 'directory', 'observe', 'wiring', 'doctor'],
    packages: ['@middy/*'],
    types: ['aws-lambda'],
    because: 'they are the Lambda entries, the only importers of middy',
  },
  {
    room: 'doctor',
    ours: ['core', 'directory', 'wiring'],
    packages: ['node:*'],
    because: 'it looks from inside at what the service uses, without its doors',
  },
  {
    room: 'doctor at a terminal',
    ours: ['core', 'doctor', 'dev', 'wiring'],
    packages: ['node:*'],
    because: 'it prints what the doctor found, and reads .env as npm start does; it is never deployed',
  },
  {
    room: 'dev',
    ours: ['core', 'doctor', 'doctor at a terminal', 'handlers', 'http', 'wiring'],
    packages: ['node:*', 'ldapts', '@peculiar/x509', 'prettier'],
    because:
      'it is never deployed, and nothing that is deployed imports it; http for the document written from its tables, the doctor for what is wrong at the start',
  },
];

/** Packages and names of theirs whose values belong to few files of what is deployed. Types may be named elsewhere. */
const CONFINED: readonly { readonly what: string; readonly names?: RegExp; readonly to: readonly string[]; readonly because: string }[] = [
  { what: 'node:net', to: ['directory/connect.ts'], because: 'one place dials' },
  {
    what: 'node:tls',
    to: ['directory/connect.ts', 'directory/tls-identity.ts', 'doctor/peer-certificate.ts'],
    because: 'one place shakes hands; the context for it is made once; the doctor looks at a certificate that was refused',
  },
  { what: 'node:dns', to: ['directory/connect.ts'], because: 'one place looks names up' },
  { what: 'node:http', to: [], because: 'it loads undici, 24 ms of every cold start' },
  {
    what: 'ldapts',
    names: /^Client$/,
    to: [],
    because: 'it reconnects silently and anonymously, and sends a bind in clear after a failed StartTLS',
  },
  {
    what: 'ldapts',
    names: /Request$|^Control$|^BerWriter$|^ProtocolOperation$/,
    to: ['directory/requests.ts'],
    because: 'what goes to a server is written in one place',
  },
  {
    what: 'ldapts',
    names: /Filter$/,
    to: [
      ...['directory/filter.ts', 'directory/proof.ts', 'directory/groups-active-directory.ts'],
      ...['directory/group-members.ts', 'directory/group-entries.ts'],
    ],
    because: 'filters are made of objects, never of text',
  },
  {
    what: 'ldapts',
    names: /^(?!.*(?:Filter|Request)$)(?!Control$|Client$|BerWriter$|ProtocolOperation$)/,
    to: [],
    because: 'its readers believe what they should not: see directory/message.ts',
  },
];

const SRC = path.resolve(import.meta.dirname, '../src');

type Import = { readonly from: string; readonly to: string; readonly names: readonly string[]; readonly isType: boolean };

type File = { readonly name: string; readonly text: string; readonly tree: ts.SourceFile; readonly imports: readonly Import[] };

const walk = (node: ts.Node, visit: (node: ts.Node) => void): void => {
  visit(node);
  ts.forEachChild(node, (child) => {
    walk(child, visit);
  });
};

const literal = (node: ts.Node | undefined): string | undefined =>
  node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;

/** What an import clause takes at run time; a default or whole import is named `*`. */
const namesOf = (clause: ts.ImportClause | undefined): readonly string[] => {
  if (clause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
  const bindings = clause?.namedBindings;
  const named = bindings !== undefined && ts.isNamedImports(bindings) ? bindings.elements : [];
  const whole = clause === undefined || clause.name !== undefined || (bindings !== undefined && ts.isNamespaceImport(bindings));
  return [
    ...(whole ? ['*'] : []),
    ...named.filter(({ isTypeOnly }) => !isTypeOnly).map(({ name, propertyName }) => (propertyName ?? name).text),
  ];
};

const importsOf = (name: string, tree: ts.SourceFile): readonly Import[] => {
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
};

const FILES: readonly File[] = globSync('**/*.ts', { cwd: SRC })
  .map((name) => name.replaceAll('\\', '/'))
  .sort()
  .map((name) => {
    const text = readFileSync(path.join(SRC, name), 'utf8');
    const tree = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    return { name, text, tree, imports: importsOf(name, tree) };
  });

/** `npm run doctor` is not deployed, the rest of the doctor is. */
const roomOf = (file: string): string =>
  file === 'doctor/main.ts' || file === 'doctor/render.ts' ? 'doctor at a terminal' : houseRoomOf(file);

const houseRoomOf = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, ''));

const isOurs = (specifier: string): boolean => specifier.endsWith('.ts');

const matches = (specifier: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => (pattern.endsWith('*') ? specifier.startsWith(pattern.slice(0, -1)) : specifier === pattern));

const shown = ({ from, to, names }: Import): string => `${from} imports ${names.length > 0 ? names.join(', ') : 'types'} from ${to}`;

const ALL_IMPORTS = FILES.flatMap(({ imports }) => imports);

describe('who imports what', () => {
  test.each(ROOMS)('$room: $because', ({ room, ours, packages, types = [] }) => {
    const strange = ALL_IMPORTS.filter(({ from, to, isType }) => {
      if (roomOf(from) !== room) return false;
      if (isOurs(to)) return to.startsWith('..') || ![room, ...ours, ...(isType ? types : [])].includes(roomOf(to));
      return !matches(to, packages) && !(isType && matches(to, types));
    });
    expect(strange.map(shown)).toEqual([]);
  });

  test('every file is in a room', () => {
    expect(FILES.map(({ name }) => name).filter((name) => !ROOMS.some(({ room }) => room === roomOf(name)))).toEqual([]);
  });

  test.each(CONFINED)('$what: $because', ({ what, names = /^/, to }) => {
    const strange = ALL_IMPORTS.filter(
      (one) => one.to === what && roomOf(one.from) !== 'dev' && !to.includes(one.from) && one.names.some((name) => names.test(name)),
    );
    expect(strange.map(shown)).toEqual([]);
  });

  test('every import of ours names a file that is there, with its extension', () => {
    const names = new Set(FILES.map(({ name }) => name));
    const relative = ALL_IMPORTS.filter(({ to }) => isOurs(to) || to.startsWith('.') || to.startsWith('/'));
    expect(relative.filter(({ to }) => !names.has(to)).map(shown)).toEqual([]);
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
    expect(ALL_IMPORTS).toContainEqual({ from: 'handlers/auth.ts', to: '@middy/core', names: ['*'], isType: false });
    expect(ALL_IMPORTS).toContainEqual({ from: 'directory/session.ts', to: 'node:net', names: [], isType: true });
    expect(ALL_IMPORTS).toContainEqual({ from: 'core/secret.ts', to: 'node:util', names: ['inspect'], isType: false });
  });
});

/** What is nowhere in src: how to see it in a syntax tree, or in the text, comments included. */
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
  ['utils, helpers, managers', /\b(?:utils?|helpers?)\.ts\b|\bclass \w*Manager\b/],
] as const;

/** Where a secret is let out, and the environment let in. */
const ONLY_IN = [
  ['a look at a certificate that was refused', /rejectUnauthorized: *false/, ['doctor/peer-certificate.ts']],
  [
    '.reveal()',
    /\.reveal\(\)/,
    ['directory/session.ts', 'directory/service-credentials.ts', 'directory/tls-identity.ts', 'core/stored-value.ts'],
  ],
  ['process.env', /process\.env/, ['handlers/auth.ts', 'handlers/authorizer.ts', 'handlers/doctor.ts', 'doctor/main.ts', 'dev/']],
  ['service.authenticate(', /\bservice\.authenticate\(/, ['handlers/login.ts']],
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
