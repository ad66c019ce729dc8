import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { format } from 'prettier';

import { makeDocument } from './document.ts';

// Writes openapi.json anew: node tools/openapi/write.ts

const ROOT = path.resolve(import.meta.dirname, '../..');

function versionOf(manifest: unknown): string {
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest && typeof manifest.version === 'string') {
    return manifest.version;
  }
  throw new Error('package.json has no version');
}

const version = versionOf(JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')));
writeFileSync(path.join(ROOT, 'openapi.json'), await format(JSON.stringify(makeDocument(version)), { parser: 'json', printWidth: 140 }));
