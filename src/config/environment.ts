import { type Kind, type Setting, type SettingName, SETTINGS } from './settings.ts';

/** One thing wrong with the configuration: which variable, and what was expected of it. Never its value. */
export type ConfigProblem = { readonly variable: string; readonly expected: string };

export type Environment = Readonly<Record<string, string | undefined>>;

type Row<Name extends SettingName> = (typeof SETTINGS)[Name];

type ValueOf<K extends Kind> = K extends { readonly is: 'flag' }
  ? boolean
  : K extends { readonly is: 'integer' }
    ? number
    : K extends { readonly is: 'choice'; readonly of: readonly (infer Choice)[] }
      ? Choice
      : string;

/** What a setting is read as: undefined only where it is unset and the table has no default. */
export type Value<Name extends SettingName> =
  Row<Name> extends { readonly default: string } ? ValueOf<Row<Name>['kind']> : ValueOf<Row<Name>['kind']> | undefined;

/** Reads settings by the table, one by one, and collects every problem, so that all of them can be reported at once. */
export class EnvironmentReader {
  readonly problems: ConfigProblem[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  refuse(variable: string, expected: string): void {
    this.problems.push({ variable, expected });
  }

  has(variable: string): boolean {
    return this.#textOf(variable) !== undefined;
  }

  /** A wrong value is a problem, and is read as the default, so that the rest can be checked as well. */
  read<const Name extends SettingName>(name: Name): Value<Name> {
    const setting: Setting = SETTINGS[name];
    const given = this.#textOf(name);
    const read = given === undefined ? undefined : understand(setting.kind, given);
    if (given !== undefined && read === undefined) this.refuse(name, expectationOf(setting.kind));
    const fallback = setting.default === undefined ? undefined : understand(setting.kind, setting.default);
    return (read ?? fallback) as Value<Name>; // by the table: `understand` gives what the kind says
  }

  /** An empty variable is an unset one. */
  #textOf(variable: string): string | undefined {
    const value = this.#environment[variable];
    return value === undefined || value === '' ? undefined : value;
  }
}

/** Undefined: not of this kind. */
function understand(kind: Kind, text: string): string | number | boolean | undefined {
  switch (kind.is) {
    case 'text':
      return text;
    case 'flag':
      return text === 'true' || text === 'false' ? text === 'true' : undefined;
    case 'choice':
      return kind.of.includes(text) ? text : undefined;
    case 'integer': {
      const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return number >= kind.min && number <= kind.max ? number : undefined;
    }
  }
}

function expectationOf(kind: Kind): string {
  switch (kind.is) {
    case 'text':
      return 'a text';
    case 'flag':
      return 'one of true, false';
    case 'choice':
      return `one of ${kind.of.join(', ')}`;
    case 'integer':
      return `a whole number from ${String(kind.min)} to ${String(kind.max)}`;
  }
}
