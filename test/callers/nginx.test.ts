import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { request } from 'node:https';
import path from 'node:path';

import { BASE_DN, SERVICE_DN } from '../../tools/demo-directory/people.ts';
import { CHALLENGE } from '../../src/http/forward-auth.ts';
import { makeAuth } from '../../src/handlers/auth.ts';
import { wire } from '../../src/wiring.ts';
import { describeWhere } from '../contract/availability.ts';
import type { Demo } from '../support/demo.ts';
import { closeHttp, listen } from '../support/listen.ts';
import { startWithColin } from './support/directory.ts';
import { basic } from './support/events.ts';
import { type Nginx, startNginx } from './support/nginx.ts';
import { type RestGateway, startRestGateway } from './support/rest-gateway.ts';

const PAGE = '<title>the page</title>';
const KEY = 'key-of-the-proxy-0123456789';
const ALICE = basic('alice', 'wonderland');

const APPLICATIONS = JSON.stringify({ wiki: [`cn=staff,ou=groups,${BASE_DN}`], console: [`cn=admins,ou=groups,${BASE_DN}`] });

type Headers = Readonly<Record<string, string>>;

type Seen = { readonly http: number | undefined; readonly headers: IncomingHttpHeaders; readonly text: string };

describeWhere('nginx', () => {
  let directory: Demo;
  let authority: string;
  let gateway: RestGateway;
  let application: Server;
  let nginx: Nginx;
  let settings: Record<string, string> = {};

  /** What the application behind the proxy was sent. */
  let received: IncomingHttpHeaders = {};

  beforeAll(async () => {
    directory = await startWithColin();
    authority = directory.authority.pem;
    const certificate = await directory.authority.issue({ commonName: 'localhost', dnsNames: ['localhost'] });
    settings = {
      ...directory.settings,
      LOG_LEVEL: 'SILENT',
      LDAP_USER_ATTRIBUTES: 'displayName,mail',
      LDAP_RETURN_GROUPS: 'true',
      AUTH_APPLICATIONS: APPLICATIONS,
    };
    let current = { settings, auth: makeAuth(wire(settings)) };
    gateway = await startRestGateway({
      key: KEY,
      certificate,
      handler: (event, context) => {
        if (current.settings !== settings) current = { settings, auth: makeAuth(wire(settings)) };
        return current.auth(event, context);
      },
    });
    application = createServer((incoming, response) => {
      received = incoming.headers;
      response.writeHead(incoming.url === '/app/forbidden' ? 403 : incoming.url === '/app/broken' ? 500 : 200).end('the application');
    });
    const applicationPort = await listen(application);
    nginx = await startNginx({ gatewayPort: gateway.port, applicationPort, apiKey: KEY, authority, certificate, page: PAGE });
  });

  afterAll(async () => {
    await nginx.stop();
    await closeHttp(application);
    await gateway.close();
    await directory.close();
  });

  beforeEach(() => {
    received = {};
  });

  const get = (target: string, headers: Headers = {}): Promise<Seen> =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: nginx.port, path: target, ca: authority, servername: 'localhost', headers };
      request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ http: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() });
        });
      })
        .on('error', reject)
        .end();
    });

  test('a valid login gets the page', async () => {
    expect(await get('/', { Authorization: ALICE })).toMatchObject({ http: 200, text: PAGE });
  });

  test.each([
    ['no credentials', {}],
    ['a wrong password', { Authorization: basic('alice', 'mistyped') }],
    ['an unknown name', { Authorization: basic('nobody', 'x') }],
    ['another scheme', { Authorization: 'Bearer x' }],
    ['no colon', { Authorization: 'Basic YWxpY2U=' }],
  ])('%s: asked for a password', async (_case, headers) => {
    const seen = await get('/', headers);
    expect([seen.http, seen.headers['www-authenticate'], seen.text.includes(PAGE)]).toEqual([401, CHALLENGE, false]);
    expect(seen.headers['x-amzn-remapped-www-authenticate']).toBeUndefined();
  });

  test.each([
    ['alice', 'wonderland', 'alice', 'Alice Liddell', 'alice@example.org', ['staff', 'admins']],
    ['ALICE', 'wonderland', 'alice', 'Alice Liddell', 'alice@example.org', ['staff', 'admins']],
    ['jörg', 'größenwahn', 'jörg', 'Jörg Müßig', 'joerg@example.org', ['staff', 'admins']],
    ['张伟', '天下為公-2026', '张伟', '伟 张', 'zhang.wei@example.org', ['staff']],
    ['smith, j+k', 'p"l,u+s', 'smith, j+k', 'Jo Smith, Jr.', undefined, ['staff']],
    ['colin', 'a:b::c:', 'colin', ' Colin\r\nRemote-User: alice ', undefined, undefined],
  ])('%s: the application is told who it is', async (username, password, name, displayName, mail, groups) => {
    const seen = await get('/app/', { Authorization: basic(username, password) });
    const text = (header: string): string | undefined => {
      const value = received[header];
      return typeof value === 'string' ? decodeURIComponent(value) : undefined;
    };
    expect([seen.http, text('remote-user'), text('remote-name'), text('remote-email')]).toEqual([200, name, displayName, mail]);
    const list = received['remote-groups'];
    const dns = typeof list === 'string' ? list.split(',').map(decodeURIComponent).toSorted() : undefined;
    expect(dns).toEqual(groups?.map((group) => `cn=${group},ou=groups,${BASE_DN}`).toSorted());
  });

  test('what comes from outside under the names of the identity and of the key goes no further', async () => {
    const forged = {
      'Remote-User': 'root',
      'Remote-User-Id': 'root',
      'Remote-Groups': 'cn=admins',
      'Remote-Email': 'root@example.org',
      'Remote-Name': 'Root',
    };
    const headers = { ...forged, 'X-Api-Key': 'other', Remote_User: 'root', Authorization: basic('colin', 'a:b::c:') };
    expect((await get('/app/', headers)).http).toBe(200);
    expect(JSON.stringify(received)).not.toMatch(/root|cn=admins|other/i);
    expect([received.authorization, received['x-api-key']]).toEqual([undefined, undefined]);
    expect(new Set(gateway.requests.flat())).toEqual(new Set(['host', 'authorization', 'x-api-key']));
  });

  test('the application’s own 403 and 500 stay its own', async () => {
    const answers = [await get('/app/forbidden', { Authorization: ALICE }), await get('/app/broken', { Authorization: ALICE })];
    expect(answers.map(({ http, text }) => [http, text])).toEqual([
      [403, 'the application'],
      [500, 'the application'],
    ]);
  });

  test('50 requests at once with a stale password cost one user bind; so do 50 more', async () => {
    const before = { ...directory.counts, asked: gateway.requests.length };
    const stale = { Authorization: basic('alice', 'the password of last month') };
    const burst = await Promise.all(Array.from({ length: 50 }, (_, index) => get(`/asset-${String(index)}.css`, stale)));
    const later = await Promise.all(Array.from({ length: 50 }, (_, index) => get(`/asset-${String(index)}.css`, stale)));
    expect(new Set([...burst, ...later].map(({ http }) => http))).toEqual(new Set([401]));
    expect(gateway.requests.length - before.asked).toBe(1);
    expect(directory.counts.binds - before.binds).toBe(2); // the service account's and the user's
  });

  /** Asks while the service has these settings besides its own. */
  const getDuring = async (more: Readonly<Record<string, string>>, authorization: string): Promise<Seen> => {
    const kept = settings;
    settings = { ...settings, ...more };
    try {
      return await get('/', { Authorization: authorization });
    } finally {
      settings = kept;
    }
  };

  test('not in the required group: 403', async () => {
    const admins = { LDAP_REQUIRED_GROUPS: JSON.stringify([`cn=admins,ou=groups,${BASE_DN}`]) };
    const seen = await getDuring(admins, basic('bob', 'builder-of-houses'));
    expect([seen.http, seen.headers['www-authenticate']]).toEqual([403, undefined]);
  });

  test.each([
    ['the directory is down', { LDAP_URL: 'ldaps://127.0.0.1:1' }],
    ['the service account is refused', { LDAP_BIND_DN: `${SERVICE_DN},x=y` }],
    ['the service is misconfigured', { LDAP_TYPO: 'x' }],
  ])('%s: 503, and never 401', async (sentence, more) => {
    const seen = await getDuring(more, basic('alice', sentence)); // a password that the cache has not seen yet
    expect([seen.http, seen.headers['www-authenticate'], seen.headers['retry-after']]).toEqual([503, undefined, '5']);
  });

  test('directory down: of one page, one request is sent on', async () => {
    const before = gateway.requests.length;
    const down = { LDAP_URL: 'ldaps://127.0.0.1:1' };
    const stale = basic('alice', 'nobody knows');
    const seen = [await getDuring(down, stale), await getDuring(down, stale), await getDuring(down, stale)];
    expect(seen.map(({ http }) => http)).toEqual([503, 503, 503]);
    expect(gateway.requests.length - before).toBe(1);
  });

  test('what one application is answered is never another one’s', async () => {
    const headers = { Authorization: basic('Bob', 'builder-of-houses') }; // whom the cache does not know yet
    const ask = async (target: string): Promise<readonly [number, string | null]> => {
      const response = await fetch(`http://127.0.0.1:${String(nginx.cachePort)}${target}`, { headers });
      return [response.status, response.headers.get('x-auth-reason')];
    };
    const targets = ['/auth/wiki', '/auth/console', '/auth', '/auth/unknown', '/auth/WIKI', '/auth/wiki'];
    const before = gateway.requests.length;
    const seen: (readonly [number, string | null])[] = [];
    for (const target of targets) seen.push(await ask(target));
    expect(seen).toEqual([
      [200, 'authenticated'],
      [403, 'not-in-required-group'],
      [200, 'authenticated'],
      [404, 'no-such-endpoint'],
      [404, null], // nginx’s own: no application has such a name
      [200, 'authenticated'],
    ]);
    expect(gateway.requests.length - before).toBe(4); // the last one is the first one’s, from the cache
  });

  test('no file of the cache holds a password', () => {
    const cache = path.join(nginx.folder, 'var/cache/nginx-ldap-auth');
    const files = readdirSync(cache, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter((file) => file.isFile());
    expect(files.length).toBeGreaterThan(10);
    const written = files.map((file) => readFileSync(path.join(file.parentPath, file.name), 'latin1')).join('\n');
    expect(written).not.toContain(ALICE.slice('Basic '.length));
    expect(written).not.toContain(basic('alice', 'mistyped').slice('Basic '.length));
    expect(written).toMatch(/KEY: [0-9a-f]{64}\n/);
    expect(written).toMatch(/KEY: [0-9a-f]{64}\/wiki\n/);
  });

  test('a wrong API key is nobody’s fault but the proxy’s: 503, and it is not cached', async () => {
    const broken = await startNginx({
      gatewayPort: gateway.port,
      applicationPort: 1,
      apiKey: 'a key that was withdrawn',
      authority,
      certificate: {
        cert: readFileSync(path.join(nginx.folder, 'site.pem'), 'utf8'),
        key: readFileSync(path.join(nginx.folder, 'site.key'), 'utf8'),
      },
      page: PAGE,
    });
    const working = nginx;
    nginx = broken;
    try {
      const before = gateway.requests.length;
      expect((await get('/', { Authorization: ALICE })).http).toBe(503);
      expect((await get('/', { Authorization: ALICE })).http).toBe(503);
      expect(gateway.requests.length - before).toBe(2);
    } finally {
      nginx = working;
      await broken.stop();
    }
  });
});
