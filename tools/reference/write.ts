import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { DEFAULT_USER_FILTER } from '../../src/config/config.ts';
import { ANSWER_ROWS } from './answers.ts';
import { renderReference } from './document.ts';
import { SETTING_ROWS } from './settings.ts';

// Writes docs/reference.md anew: npm run reference

writeFileSync(
  path.resolve(import.meta.dirname, '../../docs/reference.md'),
  renderReference({ answers: ANSWER_ROWS, settings: SETTING_ROWS, filters: DEFAULT_USER_FILTER }),
);
