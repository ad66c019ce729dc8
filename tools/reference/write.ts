import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { DIRECTORY_KINDS } from '../../src/config/directory-kinds.ts';
import { ANSWER_ROWS } from './answers.ts';
import { renderReference } from './document.ts';
import { renderEnvExample } from './env-example.ts';
import { SETTING_ROWS } from './settings.ts';

// Writes docs/reference.md and .env.example anew: npm run reference

const FILTERS = Object.fromEntries(Object.entries(DIRECTORY_KINDS).map(([kind, { userFilter }]) => [kind, userFilter]));

writeFileSync(path.resolve(import.meta.dirname, '../../.env.example'), renderEnvExample());
writeFileSync(
  path.resolve(import.meta.dirname, '../../docs/reference.md'),
  renderReference({ answers: ANSWER_ROWS, settings: SETTING_ROWS, filters: FILTERS }),
);
