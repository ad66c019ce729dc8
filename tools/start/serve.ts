import { randomBytes } from 'node:crypto';
import path from 'node:path';

import { demoBanner, ownBanner } from './banner.ts';
import { Authority } from '../demo-directory/certificates.ts';
import { lookAt } from './look.ts';
import { startDirectory } from '../demo-directory/server.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { type Offered, readPage } from '../page/files.ts';
import { startPage } from '../page/server.ts';
import { BASE_DN, demoEntries, demoLogins, SERVICE_DN } from '../demo-directory/people.ts';
import { freePort, LOOPBACK } from './ports.ts';
import { forPeople, requestLine } from './request-line.ts';
import { otherVariables, readVariables, serviceVariables, type Variables } from './variables.ts';

// Everything listens on the loopback interface only and ends with this process.

export type ServeOptions = {
  readonly root: string;
  /** The env file, which may be missing. */
  readonly file: string;
  readonly directory: 'demo' | 'own';
  /** How a request is shown. */
  readonly lines: 'json' | 'for people';
  /** Settles when the user stops it. */
  readonly interrupted: Promise<unknown>;
};

/** Who is asked: what the service must know for it, and what a newcomer is told. */
type Directory = {
  readonly variables: Variables;
  readonly offered: Offered;
  readonly banner: (url: string) => readonly string[];
  readonly close: () => Promise<void>;
};

/** The demo directory, with a certificate and a service password that nobody has seen before or will see again. */
async function embeddedDirectory(variables: Variables): Promise<Directory> {
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
}

function ownDirectory(variables: Variables): Directory {
  return { variables, offered: [], banner: ownBanner, close: async () => Promise.resolve() };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The whole of `npm start`, from the settings to the end. Rejects with what is wrong, in words for people. */
export async function serve(options: ServeOptions): Promise<void> {
  const variables = readVariables(process.env, options.file);
  const settings = serviceVariables(variables);
  const directory = options.directory === 'demo' ? await embeddedDirectory(settings) : ownDirectory(settings);
  try {
    const found = await lookAt(directory.variables);
    if (found.kind === 'misconfigured') throw new Error(['the service cannot run with these settings', ...found.rows].join('\n'));
    await serveFrom(directory, variables, options, found.rows);
  } finally {
    await directory.close();
  }
}

async function serveFrom(directory: Directory, variables: Variables, options: ServeOptions, wrong: readonly string[]): Promise<void> {
  const { root, lines, interrupted } = options;
  const files = await readPage(path.join(root, 'openapi.json'), directory.offered);
  const gatewayPort = await freePort();
  const page = await startPage({ port: variables['PORT'], gatewayPort, files, refused: (told) => say(requestLine(told)) });
  try {
    const show = (line: string): void => {
      const shown = lines === 'json' ? line : forPeople(line);
      if (shown !== undefined) say(shown);
    };
    const gateway = await startGateway({
      root,
      port: gatewayPort,
      environment: { ...otherVariables(variables), ...directory.variables },
      show,
    });
    await serveUntil(interrupted, gateway, () => {
      if (wrong.length > 0) [...wrong, 'This does not work yet, and every answer will say so. More: npm run doctor'].forEach(say);
      say(`Port: ${page.because}`);
      directory.banner(page.url).forEach(say);
    });
  } finally {
    await page.close();
  }
}

async function serveUntil(interrupted: Promise<unknown>, gateway: Gateway, onReady: () => void): Promise<void> {
  try {
    const outcome = await Promise.race([gateway.ready.then(() => 'ready' as const), interrupted]);
    if (outcome !== 'ready') return;
    onReady();
    const ended = await Promise.race([interrupted.then(() => undefined), gateway.ended]);
    if (ended !== undefined) throw new Error(['the local gateway ended by itself', ...ended].join('\n'));
  } finally {
    await gateway.stop();
  }
}
