import type { Config, StoredSetting, TlsSettings } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import { AddressBook } from '../ldap/addresses.ts';
import { dial } from '../ldap/dial.ts';
import { detailOf } from '../ldap/failure.ts';
import { type Check, check, fail, pass, skip, type Visit } from './check.ts';

/** What may lie in a store, Parameter Store or Secrets Manager. Read once for all servers. */

/** AWS's two stores, as their endpoints are called. */
const STORE = { parameter: 'ssm', secret: 'secretsmanager' } as const;

type Store = (typeof STORE)[keyof typeof STORE];

/** What is stored, by its variable, and where. */
function storedIn({ tls, lookup }: Config): readonly { readonly variable: string; readonly store: Store }[] {
  const isBound = lookup.kind === 'search-and-bind' && lookup.account.kind !== 'anonymous';
  const password = isBound ? lookup.account.bindPassword.kind : 'given';
  return [
    ...(tls.ca?.kind === 'parameter' ? [{ variable: CA_VARIABLE.parameter, store: STORE.parameter }] : []),
    ...(tls.client?.key.kind === 'secret' ? [{ variable: 'LDAP_TLS_KEY_SECRET', store: STORE.secret }] : []),
    ...(password === 'given' ? [] : [{ variable: PASSWORD_VARIABLE[password], store: STORE[password] }]),
  ];
}

/**
 * In a private subnet without a VPC endpoint the SDK's connections just hang, and the row of what is stored would tell a
 * time-out without its cause.
 */
const storeCheck = check({
  id: 'store',
  title: 'the secret store is reachable',
  needs: ['sdk'],
  run: async ({ sdk }, visit) => {
    const stored = storedIn(visit.config);
    const stores = [...new Set(stored.map(({ store }) => store))];
    const places = stores.map((store) => ({ store, endpoint: endpointOf(store, sdk) }));
    const unreachable = new Set<Store>();
    const hints: string[] = [];
    for (const { store, endpoint } of places) {
      const why = endpoint === undefined ? undefined : await whyUnreachable(endpoint, visit);
      if (endpoint === undefined || why === undefined) continue;
      unreachable.add(store);
      const variable = stored.find((one) => one.store === store)?.variable ?? '';
      hints.push(
        `${variable}: there is no way to ${endpoint.host} port ${String(endpoint.port)} (${why}); in a private subnet make the interface VPC endpoint of ${store} with private DNS, and let port 443 out of the functions' security group and into the endpoint's`,
      );
    }
    if (places.every(({ endpoint }) => endpoint === undefined)) return skip('AWS_REGION is not set');
    return hints.length === 0 ? pass(undefined, { unreachable }) : fail(hints, undefined, { unreachable });
  },
});

type Endpoint = { readonly host: string; readonly port: number };

const OWN_VARIABLE = { ssm: 'AWS_ENDPOINT_URL_SSM', secretsmanager: 'AWS_ENDPOINT_URL_SECRETS_MANAGER' } as const;

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

/** Addresses of one endpoint that are tried: an interface endpoint has one in each zone. */
const MOST_ADDRESSES = 3;
/** As long as the SDK waits for a connection. */
const CONNECT_MS = 1000;

/** TCP alone: whether there is a way to the store. What it answers, and to whom, the rows of what is stored there tell. Undefined: there is. */
async function whyUnreachable({ host, port }: Endpoint, { deadline, clock, trace }: Visit): Promise<string | undefined> {
  const found = await new AddressBook(clock).of(host, deadline);
  if (!found.ok) return detailOf(found.failure);
  const server = { name: host, host, port, transport: 'plain' } as const;
  const slice = deadline.slice(CONNECT_MS);
  const addresses = found.list.slice(0, MOST_ADDRESSES);
  const opened = await Promise.all(addresses.map((address) => dial({ server, address }, slice, trace).done));
  for (const one of opened) if (one.ok) one.socket.destroy();
  const failures = opened.flatMap((one) => (one.ok ? [] : [detailOf(one.failure)]));
  return failures.length < opened.length ? undefined : (failures[0] ?? 'no address');
}

const NO_STORE = skip('its store cannot be reached');

const trustCheck = check({
  id: 'certificates',
  title: 'authorities and keys',
  needs: ['identities'],
  run: async ({ identities, unreachable }, { config, deadline }) => {
    const found = sourcesOf(config.tls);
    if (storedIn(config).some(({ variable, store }) => variable.startsWith('LDAP_TLS_') && unreachable?.has(store))) return NO_STORE;
    const made = await identities.current(deadline);
    if (made.ok) return pass(found, { identity: made.identity });
    const detail = detailOf(made.failure); // names the variable
    return fail(made.why === 'unavailable' ? `${detail}; ${STORE_ADVICE}` : detail, found);
  },
});

const STORE_ADVICE = "check the name, the function's permission (IAM, KMS key) and, in a private subnet, the VPC endpoint";

function sourcesOf({ ca, client }: TlsSettings): string {
  const authority = ca === undefined ? "the system's roots" : CA_VARIABLE[ca.kind];
  const key = client?.key.kind === 'secret' ? 'LDAP_TLS_KEY_SECRET' : 'LDAP_TLS_KEY';
  return client === undefined ? authority : `${authority}, LDAP_TLS_CERT, ${key}`;
}

export const CA_VARIABLE = { given: 'LDAP_TLS_CA', parameter: 'LDAP_TLS_CA_PARAMETER' } as const;

/** A file that an editor or `echo` wrote ends with one. The service changes no password. */
const LINE_BREAK =
  'warning: the password ends with a line break, which is sent with it; if it does not belong to it, write it again without (printf %s "$PASSWORD")';

/** Whether there is a password. Whether it is right, a server will tell. */
const secretCheck = check({
  id: 'secret',
  title: 'service password',
  needs: ['search'],
  run: async ({ search, unreachable }, { deadline }) => {
    const { searcher, settings } = search;
    const { account } = settings;
    if (account.kind === 'anonymous' || searcher.kind === 'anonymous')
      return { ...skip('none (LDAP_ANONYMOUS_SEARCH)'), learned: { secret: 'not needed' } };
    const { kind } = account.bindPassword;
    if (kind !== 'given' && unreachable?.has(STORE[kind])) return NO_STORE;
    const usable = await searcher.credentials.usable(deadline);
    if (usable.ok)
      return pass(PASSWORD_VARIABLE[kind], { secret: 'there' }, usable.credential.password.hasForm(/[\r\n]$/) ? [LINE_BREAK] : []);
    if (usable.why === 'resting') return pass(PASSWORD_VARIABLE[kind], { secret: 'there' });
    const empty = 'what is stored there is empty, or a JSON object without a "password"';
    const why = usable.why === 'empty' ? empty : `the store did not give the password (${detailOf(usable.failure)}); ${STORE_ADVICE}`;
    return fail(`${PASSWORD_VARIABLE[kind]}: ${why}`, PASSWORD_VARIABLE[kind]);
  },
});

export const PASSWORD_VARIABLE: Readonly<Record<StoredSetting['kind'], string>> = {
  given: 'LDAP_BIND_PASSWORD',
  parameter: 'LDAP_BIND_PASSWORD_PARAMETER',
  secret: 'LDAP_BIND_PASSWORD_SECRET',
};

export function storedChecks(config: Config): readonly Check[] {
  return [...(storedIn(config).length === 0 ? [] : [storeCheck]), trustCheck, secretCheck];
}
