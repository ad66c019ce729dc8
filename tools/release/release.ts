import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { bundle, end, type File } from '../../stack/esbuild.ts';
import { zip } from '../../stack/zip.ts';

/** The functions that are deployed, by the names of their files in src/handlers. */
export const FUNCTIONS = ['auth', 'authorizer', 'doctor'] as const;

export const CHECKSUMS = 'SHA256SUMS';

/**
 * The files of a release: one zip for each function, and their SHA-256 checksums in the format of `sha256sum --check`.
 * The same sources and dependencies give the same bytes wherever and whenever they are built. Nothing of the machine gets
 * into a zip: not even certs/, which holds the builder's own certificate authorities. Throws what esbuild throws.
 */
export async function makeRelease(root: string): Promise<readonly File[]> {
  const version = versionOf(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')));
  const zips: File[] = [];
  for (const name of FUNCTIONS) {
    const files = await bundle(root, name, `src/handlers/${name}.ts`);
    zips.push({ name: `ldap-auth-${version}-${name}.zip`, content: await zip(files) });
  }
  await end();
  const sums = zips.map(({ name, content }) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`);
  return [...zips, { name: CHECKSUMS, content: Buffer.from(sums.join('')) }];
}

function versionOf(manifest: unknown): string {
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest && typeof manifest.version === 'string') {
    return manifest.version;
  }
  throw new Error('package.json has no version');
}
