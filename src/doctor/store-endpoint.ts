import type { Environment } from '../config/environment.ts';
import type { Clock } from '../core/clock.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Trace } from '../core/trace.ts';
import { dial } from '../ldap/dial.ts';
import { AddressBook } from '../ldap/addresses.ts';
import { detailOf, type Failure } from '../ldap/failure.ts';

/** AWS's two stores, as their endpoints are called. */
export type Store = 'ssm' | 'secretsmanager';

type Look = { readonly deadline: Deadline; readonly clock: Clock; readonly trace: Trace };

type Endpoint = { readonly host: string; readonly port: number };

/** TCP alone: whether there is a way to the store. What it answers, and to whom, the rows of what is stored there tell. */
export type Reached =
  { readonly kind: 'reached' | 'no region' } | { readonly kind: 'unreachable'; readonly endpoint: Endpoint; readonly why: string };

/** Addresses of one endpoint that are tried: an interface endpoint has one in each zone. */
const MOST_ADDRESSES = 3;
/** As long as the SDK waits for a connection. */
const CONNECT_MS = 1000;

/** Whether the store that the SDK would ask, by these variables, takes connections. Never rejects; ends with the check's deadline. */
export async function reachStore(store: Store, environment: Environment, { deadline, clock, trace }: Look): Promise<Reached> {
  const endpoint = endpointOf(store, environment);
  if (endpoint === undefined) return { kind: 'no region' };
  const { host, port } = endpoint;
  const found = await new AddressBook(clock).of(host, deadline);
  if (!found.ok) return { kind: 'unreachable', endpoint, why: detailOf(found.failure) };
  const server = { name: host, host, port, transport: 'plain' } as const;
  const slice = deadline.slice(CONNECT_MS);
  const addresses = found.list.slice(0, MOST_ADDRESSES);
  const opened = await Promise.all(addresses.map((address) => dial({ server, address }, slice, trace).done));
  for (const one of opened) if (one.ok) one.socket.destroy();
  const failures: readonly Failure[] = opened.flatMap((one) => (one.ok ? [] : [one.failure]));
  const [first] = failures;
  if (failures.length < opened.length) return { kind: 'reached' };
  return { kind: 'unreachable', endpoint, why: first === undefined ? 'no address' : detailOf(first) };
}

const OWN_VARIABLE: Readonly<Record<Store, string>> = {
  ssm: 'AWS_ENDPOINT_URL_SSM',
  secretsmanager: 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
};

/** As the SDK chooses it: a URL that is given, or the regional endpoint. Undefined where no variable tells the region. */
function endpointOf(store: Store, environment: Environment): Endpoint | undefined {
  const given = environment[OWN_VARIABLE[store]] ?? environment['AWS_ENDPOINT_URL'];
  if (given !== undefined && URL.canParse(given)) {
    const { hostname, port, protocol } = new URL(given);
    return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port) };
  }
  const region = environment['AWS_REGION'];
  if (region === undefined || region === '') return undefined;
  return { host: `${store}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`, port: 443 };
}
