/** One thing wrong with the configuration: which variable, and what was expected of it. Never its value. */
export type ConfigProblem = { readonly variable: string; readonly expected: string };

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables one by one and collects every problem, so that all of them can be reported at once. */
export class EnvironmentReader {
  readonly problems: ConfigProblem[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  refuse(variable: string, expected: string): void {
    this.problems.push({ variable, expected });
  }

  /** An empty variable is an unset one. */
  text(variable: string): string | undefined {
    const value = this.#environment[variable];
    return value === undefined || value === '' ? undefined : value;
  }

  has(variable: string): boolean {
    return this.text(variable) !== undefined;
  }

  flag(variable: string, fallback: 'true' | 'false'): boolean {
    return this.choice(variable, ['true', 'false'], fallback) === 'true';
  }

  choice<const Choice extends string>(variable: string, choices: readonly Choice[], fallback: Choice): Choice {
    const value = this.text(variable);
    if (value === undefined) return fallback;
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined) this.refuse(variable, `one of ${choices.join(', ')}`);
    return chosen ?? fallback;
  }

  integer(variable: string, fallback: number, range: { readonly min: number; readonly max: number }): number {
    const value = this.text(variable);
    if (value === undefined) return fallback;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= range.min && number <= range.max) return number;
    this.refuse(variable, `a whole number from ${range.min} to ${range.max}`);
    return fallback;
  }
}
