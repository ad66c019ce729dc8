import { builtinModules } from 'node:module';
import path from 'node:path';

import esbuild, { type Plugin } from 'esbuild';

/** A file of a zip; its name has slashes. */
export type File = { readonly name: string; readonly content: Buffer };

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * An ES module with the names of one of Node's own, each taken by `process.getBuiltinModule` where it is used. Names that
 * nobody imports fall away with the call, getters among them. A real `import … from 'node:http'` evaluates every getter of
 * the module, and one of them loads undici: 24 ms of each cold start, for a table of status texts. (`getBuiltinModule`
 * evaluates none.)
 */
function moduleText(specifier: string): string {
  const builtin = process.getBuiltinModule(specifier);
  const names = Object.keys(builtin ?? {}).filter((name) => IDENTIFIER.test(name) && name !== 'default');
  const got = `/* @__PURE__ */ process.getBuiltinModule(${JSON.stringify(specifier)})`;
  const rows = names.map((name, index) => `const _${index} = /* @__PURE__ */ (() => ${got}[${JSON.stringify(name)}])();`);
  const exported = names.map((name, index) => `_${index} as ${JSON.stringify(name)}`).join(', ');
  return `${rows.join('\n')}\nexport { ${exported} };\nexport default ${got};`;
}

/** esbuild plugin: Node's own modules without Node's ES module facade. */
const LAZY_BUILTINS: Plugin = {
  name: 'lazy-builtins',
  setup: (build) => {
    const known = new Set(builtinModules);
    build.onResolve({ filter: /^(node:)?[a-z_/]+$/ }, ({ path: specifier }) => {
      const name = specifier.replace(/^node:/, '');
      return known.has(name) || specifier.startsWith('node:')
        ? { path: `node:${name}`, namespace: 'builtin', sideEffects: false }
        : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path: specifier }) => ({ contents: moduleText(specifier), loader: 'js' }));
  },
};

/** What src imports when it is needed: the module's name in the zip, and its source. */
type Chunks = Map<string, string>;

/**
 * esbuild plugin: what src imports with `import('./file.ts')` is a module of its own beside the function's, so that nobody
 * pays for it who does not need it: src/secrets/aws.ts is secrets-aws.mjs in the zip. (esbuild's splitting would put what both
 * need, Node's modules, into a third file that every cold start loads.) Each chunk is added to `chunks`.
 */
function ownChunks(root: string, chunks: Chunks): Plugin {
  return {
    name: 'own-chunks',
    setup: (build) =>
      build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ kind, path: specifier, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined;
        const file = path.join(resolveDir, specifier);
        const name = path
          .relative(path.join(root, 'src'), file)
          .replace(/\.ts$/, '')
          .replaceAll(/[^\w.]+/g, '-');
        chunks.set(name, path.relative(root, file));
        return { path: `./${name}.mjs`, external: true };
      }),
  };
}

type Module = { readonly name: string; readonly entry: string; readonly keepNames: boolean };

/**
 * One ES module with everything in it but Node itself and its own chunks, and its source map. Names of functions and classes are
 * kept only where something looks at them (the SDK tells its loggers apart by the name of their class): esbuild keeps them with a
 * call wherever a function is made, in the middle of a login too. Stacks are decoded with the source map.
 */
async function build(root: string, { name, entry, keepNames }: Module, chunks: Chunks): Promise<readonly File[]> {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root, // paths in the source map, and so the bytes of the zip, are relative to it
    entryPoints: { [name]: entry },
    outdir: 'out',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    preserveSymlinks: true, // the source map, and so the zip, is the same wherever node_modules really is
    minify: true,
    keepNames,
    legalComments: 'none',
    sourcemap: 'linked',
    sourcesContent: false,
    plugins: [LAZY_BUILTINS, ownChunks(root, chunks)],
    logLevel: 'silent', // problems are thrown
  });
  return outputFiles
    .map((file) => ({ name: path.basename(file.path), content: Buffer.from(file.contents) }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** The function's module, its source map, then its chunks and theirs, by name. Writes nothing. */
export async function bundle(root: string, name: string, entry: string): Promise<readonly File[]> {
  const chunks: Chunks = new Map();
  const files = [...(await build(root, { name, entry, keepNames: false }, chunks))];
  const ofChunks = new Map<string, readonly File[]>();
  // A Map also tells of what is added meanwhile: chunks of chunks. Some imports have fallen away with what nothing used.
  for (const [chunk, source] of chunks) {
    if (![files, ...ofChunks.values()].flat().some(({ content }) => content.includes(`./${chunk}.mjs`))) continue;
    ofChunks.set(chunk, await build(root, { name: chunk, entry: source, keepNames: true }, chunks));
  }
  return [...files, ...[...ofChunks.keys()].toSorted().flatMap((chunk) => ofChunks.get(chunk) ?? [])];
}

/** Ends esbuild's own process, which would stay as long as this one. A later bundle starts another. */
export async function end(): Promise<void> {
  await esbuild.stop();
}
