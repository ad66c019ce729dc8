import { type Setting, type SettingName, SETTINGS } from '../../src/config/settings.ts';
import { type Meaning, MEANINGS } from './meanings.ts';

/** One setting in docs/reference.md and in .env.example. `default`: a value, or words where there is none. */
export type SettingRow = Omit<Meaning, 'otherwise'> & { readonly name: string; readonly default: string };

/** Every setting of the service, in the order of its table. */
export const SETTING_ROWS: readonly SettingRow[] = (Object.keys(SETTINGS) as SettingName[]).map((name) => {
  const { otherwise, ...row }: Meaning = MEANINGS[name];
  const setting: Setting = SETTINGS[name];
  return { ...row, name, default: setting.default ?? otherwise ?? 'none' };
});
