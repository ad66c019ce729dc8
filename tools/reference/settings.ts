import { type Setting, SETTINGS } from '../../src/config/settings.ts';

/** One row of the table of settings in docs/reference.md. */
export type SettingRow = { readonly name: string; readonly default: string; readonly meaning: string };

/** Every setting of the service, in the order of its table. */
export const SETTING_ROWS: readonly SettingRow[] = Object.entries<Setting>(SETTINGS).map(([name, setting]) => ({
  name,
  default: setting.default ?? setting.otherwise ?? '',
  meaning: setting.meaning,
}));
