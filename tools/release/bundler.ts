import { createRequire } from 'node:module';
import path from 'node:path';

export type File = { readonly name: string; readonly content: Buffer };

/** The bundler that `serverless package` uses: `bundle` makes the files of a function, `zip` packs them, `end` stops esbuild. */
export type Bundler = {
  readonly bundle: (root: string, name: string, entry: string) => Promise<readonly File[]>;
  readonly end: () => Promise<void>;
  readonly zip: (files: readonly File[]) => Buffer;
};

/** The bundler of a checkout. This is the one place in `tools/release` that knows where it lies. */
export function bundlerOf(root: string): Bundler {
  const require = createRequire(import.meta.url);
  const { bundle, end } = require(path.join(root, 'serverless/esbuild.cjs')) as Pick<Bundler, 'bundle' | 'end'>;
  const { zip } = require(path.join(root, 'serverless/zip.cjs')) as Pick<Bundler, 'zip'>;
  return { bundle, end, zip };
}
