'use strict';

const path = require('node:path');

const esbuild = require('esbuild');

const { lazyBuiltins } = require('./builtins.cjs');

/** src/secrets/aws.ts is secrets-aws.mjs in the zip. */
const chunkOf = (root, file) => {
  const name = path
    .relative(path.join(root, 'src'), file)
    .replace(/\.ts$/, '')
    .replaceAll(/[^\w.]+/g, '-');
  return { name, entry: path.relative(root, file) };
};

/**
 * esbuild plugin: what src imports with `import('./file.ts')` is a module of its own beside the function's, so that nobody
 * pays for it who does not need it. (esbuild's splitting would put what both need, Node's modules, into a third file that
 * every cold start loads.) Each chunk is added to `chunks`.
 */
const ownChunks = (root, chunks) => ({
  name: 'own-chunks',
  setup: (build) =>
    build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ kind, path: specifier, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const chunk = chunkOf(root, path.join(resolveDir, specifier));
      chunks.set(chunk.name, chunk.entry);
      return { path: `./${chunk.name}.mjs`, external: true };
    }),
});

/**
 * One ES module with everything in it but Node itself and its own chunks, and its source map. Names of functions and classes are
 * kept only where something looks at them (the SDK tells its loggers apart by the name of their class): esbuild keeps them with a
 * call wherever a function is made, in the middle of a login too. Stacks are decoded with the source map.
 */
const build = async (root, { name, entry, keepNames }, chunks) => {
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
    plugins: [lazyBuiltins, ownChunks(root, chunks)],
    logLevel: 'silent', // problems are thrown
  });
  return outputFiles
    .map((file) => ({ name: path.basename(file.path), content: Buffer.from(file.contents) }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
};

/** The function's module, its source map, then its chunks and theirs, by name. Writes nothing: returns [{ name, content }]. */
const bundle = async (root, name, entry) => {
  const chunks = new Map();
  const files = await build(root, { name, entry, keepNames: false }, chunks);
  const ofChunks = await Promise.all(
    [...chunks].toSorted().map(([chunk, source]) => build(root, { name: chunk, entry: source, keepNames: true }, chunks)),
  );
  return [...files, ...ofChunks.flat()];
};

/** Ends esbuild's own process, which would stay as long as this one. A later bundle starts another. */
const end = () => esbuild.stop();

module.exports = { bundle, end };
