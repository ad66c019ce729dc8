import { inspect } from 'node:util';

const MASK = '[secret]';

/**
 * A value that cannot be printed by accident: string conversion, JSON and `util.inspect` (so `console.log` too) give
 * `[secret]`. `reveal()` is the only way out; it is called where the bytes go to the directory or into TLS, and nowhere else.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  equals(other: Secret): boolean {
    return this.#value === other.#value;
  }

  /** Whether the text holds it. */
  isIn(text: string): boolean {
    return text.includes(this.#value);
  }

  /** Whether it looks like something else, such as a name. */
  hasForm(form: RegExp): boolean {
    return form.test(this.#value);
  }

  /** Another secret made of this one. */
  map(change: (value: string) => string): Secret {
    return new Secret(change(this.#value));
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
