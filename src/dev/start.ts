import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';

import { demoBanner, ownBanner } from './banner.ts';
import { Authority } from './certificates.ts';
import { startDirectory } from './directory/server.ts';
import { startGateway } from './gateway.ts';
import { BASE_DN, demoEntries, demoLogins, SERVICE_DN } from './people.ts';
import { choosePort, LOOPBACK } from './ports.ts';
import { otherVariables, readVariables, serviceVariables, type Variables } from './settings.ts';

// `npm start`: the service on localhost, behind an emulated API Gateway, asking the embedded directory or, if LDAP_URL is
// set, one's own. Everything listens on the loopback interface only and ends with this process.

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Who is asked: what the service must know for it, and what a newcomer is told. */
type Directory = {
  readonly variables: Variables;
  readonly banner: (url: string) => readonly string[];
  readonly close: () => Promise<void>;
};

/** The demo directory, with a certificate and a service password that nobody has seen before or will see again. */
const embeddedDirectory = async (variables: Variables): Promise<Directory> => {
  const authority = await Authority.create('ldap-auth demo');
  const certificate = await authority.issue({ commonName: 'localhost', dnsNames: ['localhost'], ipAddresses: [LOOPBACK] });
  const servicePassword = randomBytes(18).toString('base64url');
  const directory = await startDirectory({ entries: demoEntries(servicePassword), certificate, host: LOOPBACK });
  const access = {
    LDAP_URL: directory.secureUrl,
    LDAP_TLS_CA: authority.pem,
    LDAP_BIND_DN: SERVICE_DN,
    LDAP_BIND_PASSWORD: servicePassword,
    LDAP_BASE_DN: BASE_DN,
  };
  const [first] = demoLogins;
  return {
    variables: { ...variables, ...access },
    banner: (url) => demoBanner(url, first, demoLogins),
    close: async () => directory.close(),
  };
};

const ownDirectory = (variables: Variables, url: string): Directory => ({
  variables,
  banner: (gateway) => ownBanner(gateway, url),
  close: async () => Promise.resolve(),
});

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const serve = async (directory: Directory, variables: Variables, interrupted: Promise<unknown>): Promise<void> => {
  const port = await choosePort(variables['PORT']);
  const environment = { ...otherVariables(variables), ...directory.variables };
  const gateway = await startGateway({ root: ROOT, port, environment, show: say });
  try {
    const outcome = await Promise.race([gateway.ready.then(() => 'ready' as const), interrupted]);
    if (outcome !== 'ready') return;
    directory.banner(gateway.url).forEach(say);
    await Promise.race([interrupted, gateway.ended.then(() => Promise.reject(new Error('the local gateway ended by itself')))]);
  } finally {
    await gateway.stop();
  }
};

const main = async (): Promise<void> => {
  // The first of these signals ends everything in order, the second one at once.
  const interrupted = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map(async (signal) => once(process, signal)));
  const variables = readVariables(process.env, path.join(ROOT, '.env'));
  const settings = serviceVariables(variables);
  const url = settings['LDAP_URL'];
  const directory = url === undefined ? await embeddedDirectory(settings) : ownDirectory(settings, url);
  try {
    await serve(directory, variables, interrupted);
  } finally {
    await directory.close();
  }
};

try {
  await main();
} catch (error) {
  process.stderr.write(`npm start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
