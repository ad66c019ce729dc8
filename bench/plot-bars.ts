import type { Scenario } from './login.ts';
import type { Transport } from './setting.ts';

/** What a bar's colour says; the legend has a row for each. */
export type Kind = 'service' | 'floor' | 'peer' | 'noDelay' | 'kept';

export type Bar = {
  readonly label: string;
  readonly kind: Kind;
  /** The median of a login. */
  readonly ms: number;
  /** The same against the floor. */
  readonly floors: number;
  /** The median of the same program with TCP_NODELAY, where it was measured. */
  readonly noDelayMs: number | undefined;
};

const NO_DELAY = ', no delay';

/** Who is shown, and how a reader who knows none of the names is told. Any other name is a program of its own: see `lookOf`. */
const LOOKS: Readonly<Record<string, { readonly label: string; readonly kind: Kind }>> = {
  floor: { label: 'floor', kind: 'floor' },
  'floor, our key share': { label: 'floor, TLS set as in this service', kind: 'floor' },
  'this service': { label: 'this service', kind: 'service' },
  'bare middy + ldapts': { label: 'middy + ldapts, nothing added', kind: 'peer' },
  'ldapauth-fork, kept open': { label: 'ldapauth-fork, connection kept', kind: 'kept' },
  "the seed's program": { label: 'original program (Express, ldapjs)', kind: 'peer' },
  'the original program': { label: 'original program (Express, ldapjs)', kind: 'peer' },
};

/** The bars of search and bind, fastest first. Silence changes nothing that a reader asks about, so that candidate is not shown. */
export function barsOf(logins: readonly Scenario[], transport: Transport): readonly Bar[] {
  const figures = logins.find((one) => one.transport === transport && one.mode === 'search-and-bind')?.figures ?? [];
  const medians = new Map(figures.map(({ name, p50 }) => [name, p50]));
  return figures
    .filter(({ name }) => name !== 'this service, silent' && !name.endsWith(NO_DELAY))
    .map(({ name, p50, p50Ratio }) => ({
      ...lookOf(name, transport),
      ms: p50,
      floors: p50Ratio,
      noDelayMs: medians.get(`${name}${NO_DELAY}`),
    }))
    .toSorted((one, other) => one.ms - other.ms);
}

function lookOf(name: string, transport: Transport): { readonly label: string; readonly kind: Kind } {
  if (name === 'floor' && transport === 'ldaps') return { label: 'floor, TLS as Node sets it', kind: 'floor' };
  return LOOKS[name] ?? { label: name, kind: 'peer' };
}
