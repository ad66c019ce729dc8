import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';

import esbuild from 'esbuild';

export const ROOT = path.resolve(import.meta.dirname, '..');

type File = { readonly name: string; readonly content: Buffer };
type Bundler = {
  readonly bundle: (root: string, name: string, entry: string) => Promise<readonly File[]>;
  readonly end: () => Promise<void>;
};

export type Bundled = { readonly file: string; readonly bytes: number; readonly deflated: number };

/** What `serverless package` puts into a zip, as files in a folder; bundled by the tree's own bundler. */
export async function bundleInto(folder: string, root: string, name: string, entry: string): Promise<Bundled> {
  const bundler = ['stack/esbuild.ts', 'serverless/esbuild.cjs'].map((file) => path.join(root, file)).find((file) => existsSync(file)); // older trees
  const { bundle, end } = createRequire(import.meta.url)(bundler ?? 'no bundler') as Bundler;
  const files = await bundle(root, name, entry);
  await end();
  for (const file of files) writeFileSync(path.join(folder, file.name), file.content);
  return describe(path.join(folder, `${name}.mjs`));
}

/**
 * The same as esbuild is called by most people. Programs of CommonJS packages need it: they take Node's own modules as they are
 * (`inherits(Parser, require('stream'))`) and cannot have them through the project's facade.
 */
export async function bundleCommonJsInto(folder: string, root: string, name: string, entry: string): Promise<Bundled> {
  const outfile = path.join(folder, `${name}.mjs`);
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: true, // ldapjs tells its own classes apart by their names
    legalComments: 'none',
    banner: { js: 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);' },
    logLevel: 'silent',
  });
  await esbuild.stop();
  return describe(outfile);
}

function describe(file: string): Bundled {
  const script = readFileSync(file);
  return { file, bytes: script.length, deflated: deflateRawSync(script, { level: 9 }).length };
}

/** The handler of `auth`, and everything that it is compared with, for as long as it is used. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A tree without dependencies of its own borrows those of this one. */
export function borrowDependencies(tree: string): void {
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(tree, 'node_modules'));
}
