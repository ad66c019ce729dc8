'use strict';

const path = require('node:path');

const esbuild = require('esbuild');

const { lazyBuiltins } = require('./builtins.cjs');

/** One ES module with everything in it but Node itself, and its source map. Writes nothing: returns [{ name, content }]. */
const bundle = async (root, name, entry) => {
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
    keepNames: true, // without it an error's class is logged as `z`
    legalComments: 'none',
    sourcemap: 'linked',
    sourcesContent: false,
    plugins: [lazyBuiltins],
    logLevel: 'silent', // problems are thrown
  });
  return outputFiles
    .map((file) => ({ name: path.basename(file.path), content: Buffer.from(file.contents) }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
};

/** Ends esbuild's own process, which would stay as long as this one. A later bundle starts another. */
const end = () => esbuild.stop();

module.exports = { bundle, end };
