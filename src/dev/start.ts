import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';

import { demoBanner, ownBanner } from './banner.ts';
import { Authority } from './certificates.ts';
import { startDirectory } from './directory/server.ts';
import { type Gateway, startGateway } from './gateway.ts';
import type { Offered } from './page/content.ts';
import { readPage } from './page/files.ts';
import { startPage } from './page/server.ts';
import { BASE_DN, demoEntries, demoLogins, SERVICE_DN } from './people.ts';
import { freePort, LOOPBACK } from './ports.ts';
import { otherVariables, readVariables, serviceVariables, type Variables } from './settings.ts';

// `npm start`: the service on localhost, behind an emulated API Gateway and a page to try it, asking the embedded directory
// or, if LDAP_URL is set, one's own. Everything listens on the loopback interface only and ends with this process.

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Who is asked: what the service must know for it, and what a newcomer is told. */
type Directory = {
  readonly variables: Variables;
  readonly offered: Offered;
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
    offered: demoLogins,
    banner: (url) => demoBanner(url, first, demoLogins),
    close: async () => directory.close(),
  };
};

const ownDirectory = (variables: Variables, url: string): Directory => ({
  variables,
  offered: [],
  banner: (page) => ownBanner(page, url),
  close: async () => Promise.resolve(),
});

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const serve = async (directory: Directory, variables: Variables, interrupted: Promise<unknown>): Promise<void> => {
  const files = await readPage(path.join(ROOT, 'openapi.json'), directory.offered);
  const gatewayPort = await freePort();
  const page = await startPage({ port: variables['PORT'], gatewayPort, files });
  try {
    const environment = { ...otherVariables(variables), ...directory.variables };
    const gateway = await startGateway({ root: ROOT, port: gatewayPort, environment, show: say });
    await serveUntil(interrupted, gateway, () => {
      directory.banner(page.url).forEach(say);
    });
  } finally {
    await page.close();
  }
};

const serveUntil = async (interrupted: Promise<unknown>, gateway: Gateway, onReady: () => void): Promise<void> => {
  try {
    const outcome = await Promise.race([gateway.ready.then(() => 'ready' as const), interrupted]);
    if (outcome !== 'ready') return;
    onReady();
    const ended = await Promise.race([interrupted.then(() => undefined), gateway.ended]);
    if (ended !== undefined) throw new Error(['the local gateway ended by itself', ...ended].join('\n'));
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
