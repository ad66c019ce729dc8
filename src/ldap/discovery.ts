import dns, { type SrvRecord } from 'node:dns';

import type { Discovery, Server } from '../config/config.ts';
import type { Clock } from '../core/clock.ts';
import type { Deadline } from '../core/deadline.ts';
import { type LookUp, NameBook } from './addresses.ts';
import { socketFailure } from './failure.ts';

/** The servers that SRV records tell (RFC 2782), in an order of its own for each request; remembered as addresses are. */
export class ServerBook {
  readonly #discovery: Discovery;
  readonly #records: NameBook<SrvRecord>;

  constructor(discovery: Discovery, clock: Clock) {
    this.#discovery = discovery;
    this.#records = new NameBook(clock, () => lookUp(recordsOf(discovery)));
  }

  /** At least one, those that rest last, or why there is none. Never rejects; ends with the deadline. */
  async servers(rest: Rest, deadline: Deadline): Promise<LookUp<Server>> {
    const found = await this.#records.of(this.#discovery.name, deadline);
    if (!found.ok) return found;
    const told = inOrder(found.list).map((record) => serverOf(record, this.#discovery));
    const servers = [...new Map(told.map((server) => [server.name, server])).values()]; // 389 and 636 are one
    return { ok: true, list: rest.order(servers, ({ name }) => name).slice(0, MOST_SERVERS) };
  }
}

/** Each server of a request has an equal share of its time: so many are enough. */
const MOST_SERVERS = 4;

/** What puts those that failed lately last. */
type Rest = { readonly order: <Item>(items: readonly Item[], nameOf: (item: Item) => string) => readonly Item[] };

/** The names of records, the first of which that is there is used. */
export function recordsOf({ name, transport }: Discovery): readonly string[] {
  if (name.startsWith('_')) return [name];
  return [...(transport === 'tls' ? [`_ldaps._tcp.${name}`] : []), `_ldap._tcp.${name}`];
}

/**
 * What the certificate of each server must bear, behind the last label of a service: who can forge an answer of DNS can name any
 * host in it, one whose certificate he has among them, but not the domain that LDAP_URL has (RFC 9525, 6.1).
 */
function domainOf(name: string): string {
  return name.replace(/^(?:.*\.)?_[^.]*\./, '');
}

/** Not there at all, or of another type. */
const NO_RECORD: ReadonlySet<string | undefined> = new Set([dns.NOTFOUND, dns.NODATA]);

/** The records under the first of the names that has any. */
async function lookUp(names: readonly string[]): Promise<LookUp<SrvRecord>> {
  let missing: LookUp<SrvRecord> = { ok: false, failure: NOTHING };
  for (const name of names) {
    try {
      const usable = (await dns.promises.resolveSrv(name)).filter(isUsable);
      if (usable.length > 0) return { ok: true, list: usable };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      missing = { ok: false, failure: socketFailure('dns', error) };
      if (!NO_RECORD.has(code)) return missing;
    }
  }
  return missing;
}

const NOTHING = { reason: 'directory-unreachable', step: 'dns', cause: { kind: 'no address' } } as const;

/** A dot means that there is no such service; nothing but a host name goes into a log. */
function isUsable({ name, port }: SrvRecord): boolean {
  return port > 0 && /^[a-z0-9_](?:[a-z0-9_.-]{0,252})$/i.test(name);
}

/** By priority; of one priority by chance, the heavier the sooner (after Efraimidis and Spirakis). */
function inOrder(records: readonly SrvRecord[]): readonly SrvRecord[] {
  return records
    .map((record) => ({ record, draw: Math.random() ** (1 / Math.max(record.weight, 0.01)) }))
    .toSorted((one, other) => one.record.priority - other.record.priority || other.draw - one.draw)
    .map(({ record }) => record);
}

/** Active Directory's records are of LDAP without TLS; its ports for TLS beside them are fixed (MS-ADTS 5.1.1.5). */
const TLS_PORT: ReadonlyMap<number, number> = new Map([
  [389, 636],
  [3268, 3269],
]);

function serverOf({ name, port: told }: SrvRecord, { name: asked, transport }: Discovery): Server {
  const host = name.toLowerCase().replace(/\.$/, '');
  const port = transport === 'tls' ? (TLS_PORT.get(told) ?? told) : told;
  return {
    name: `${transport === 'tls' ? 'ldaps' : 'ldap'}://${host}:${String(port)}`,
    host,
    port,
    transport,
    tlsName: domainOf(asked),
  };
}
