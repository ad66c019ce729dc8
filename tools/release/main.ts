import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { CHECKSUMS, makeRelease } from './release.ts';

// npm run release [-- FOLDER]: the zips of a release and their checksums, into FOLDER (default: release/). Other files there stay.

const ROOT = path.resolve(import.meta.dirname, '../..');

const folder = path.resolve(process.argv[2] ?? path.join(ROOT, 'release'));
const files = await makeRelease(ROOT);
mkdirSync(folder, { recursive: true });
for (const { name, content } of files) {
  writeFileSync(path.join(folder, name), content);
  process.stdout.write(name === CHECKSUMS ? `\n${content.toString()}` : `${path.join(folder, name)}: ${String(content.length)} bytes\n`);
}
