import { isIP } from 'node:net';

/**
 * What a parameter may be: `expected` in words, and `parse`, from what was given (a text from the command line, or whatever YAML
 * makes) to the value that the template needs; undefined: it is not that. `otherwise` is the value of one that is not set.
 */
export type Kind<Value, Otherwise> = {
  readonly expected: string;
  readonly parse: (given: unknown) => Value | undefined;
  readonly otherwise: Otherwise;
};

export function matching(pattern: RegExp, expected: string): Kind<string, null> {
  return { expected, parse: (given) => (pattern.test(String(given)) ? String(given) : undefined), otherwise: null };
}

/** The parameter's own default is the first choice. */
export function choice<const First extends string, const Other extends string>(
  first: First,
  ...others: readonly Other[]
): Kind<First | Other, First> {
  const choices = [first, ...others];
  return {
    expected: `${choices.slice(0, -1).join(', ')} or ${choices.at(-1) ?? ''}`,
    parse: (given) => choices.find((one) => one === String(given)),
    otherwise: first,
  };
}

export function flag(otherwise: boolean): Kind<boolean, boolean> {
  return {
    expected: 'true or false',
    parse: (given) => (['true', 'false'].includes(String(given)) ? String(given) === 'true' : undefined),
    otherwise,
  };
}

export function integer<Otherwise extends number | null>(
  { min, max }: { readonly min: number; readonly max: number },
  otherwise: Otherwise,
): Kind<number, Otherwise> {
  return {
    expected: `a whole number from ${min} to ${max}`,
    parse: (given) => (/^\d+$/.test(String(given)) && Number(given) >= min && Number(given) <= max ? Number(given) : undefined),
    otherwise,
  };
}

// CloudWatch Logs takes these and no other.
const RETENTION_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

export function retention(otherwise: number): Kind<number, number> {
  return {
    expected: `one of ${RETENTION_DAYS.join(', ')}`,
    parse: (given) => RETENTION_DAYS.find((days) => String(days) === String(given)),
    otherwise,
  };
}

function itemsOf(given: unknown): readonly string[] {
  const items = Array.isArray(given) ? given.map(String) : String(given).split(/[\s,]+/);
  return items.filter((item) => item !== '');
}

/** Separated by commas or blanks, or a YAML list. */
export function list(isItem: (text: string) => boolean, expected: string): Kind<readonly string[], readonly string[]> {
  return {
    expected: `${expected}, separated by commas`,
    parse: (given) => {
      const items = itemsOf(given);
      return items.length > 0 && items.every(isItem) ? items : undefined;
    },
    otherwise: [],
  };
}

export function listOf(pattern: RegExp, expected: string): Kind<readonly string[], readonly string[]> {
  return list((item) => pattern.test(item), expected);
}

export function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...others] = text.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return others.length === 0 && bits > 0 && (prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= bits));
}

export function arn(service: string, resource: string, expected: string): Kind<string, null> {
  return matching(new RegExp(`^arn:aws[a-z-]*:${service}:${resource}$`), expected);
}

const TAG = /^(?<name>[\w .:/=+@-]{1,128}?)=(?<value>[\w .:/=+@-]{0,256})$/;

function tagsIn(given: unknown): readonly string[] {
  if (typeof given === 'object' && given !== null) return Object.entries(given).map(([name, value]) => `${name}=${String(value)}`);
  return String(given)
    .split(',')
    .map((tag) => tag.trim());
}

/** `team=identity,cost-center=42`, or a YAML map. */
export const tags: Kind<Readonly<Record<string, string>>, null> = {
  expected: 'names and values like team=identity,cost-center=42; no name begins with aws:',
  parse: (given) => {
    const found = tagsIn(given).map((tag) => {
      const { name = '', value = '' } = TAG.exec(tag)?.groups ?? {};
      return [name, value] as const;
    });
    return found.some(([name]) => name === '' || /^aws:/i.test(name)) ? undefined : Object.fromEntries(found);
  },
  otherwise: null,
};
