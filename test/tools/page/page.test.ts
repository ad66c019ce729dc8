import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type Browser, type BrowserContext } from 'playwright-core';

import { DEMO_KEY } from '../../../tools/start/banner.ts';
import { contentOf } from '../../../tools/page/content.ts';
import { type Page, startPage } from '../../../tools/page/server.ts';
import { demoLogins } from '../../../tools/demo-directory/people.ts';
import { freePort, listenOn } from '../../../tools/start/ports.ts';
import { describeWhere } from '../../contract/availability.ts';
import { launchBrowser, openPage } from '../support/browser.ts';
import { end, LAST_LINE, npmStart, pageUrl, type Started } from '../support/npm-start.ts';

type Asked = { readonly method?: string; readonly target?: string; readonly headers?: Readonly<Record<string, string>> };

type Seen = { readonly http: number | undefined; readonly headers: IncomingHttpHeaders; readonly body: unknown };

/** By node:http, because fetch sets Host and Origin itself. */
function ask(url: string, { method = 'POST', target = '/auth', headers = {} }: Asked): Promise<Seen> {
  return new Promise((resolve, reject) => {
    request(`${url}${target}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
        resolve({ http: response.statusCode, headers: response.headers, body });
      });
    })
      .on('error', reject)
      .end();
  });
}

const NOT_PERMITTED = { http: 403, body: { status: 8, message: 'caller refused', reason: 'caller-not-permitted' } };
const NO_SUCH_ENDPOINT = { http: 404, body: { status: 8, message: 'caller refused', reason: 'no-such-endpoint' } };
const NOT_RUN = { http: 503, body: { status: 5, message: 'directory unavailable', reason: 'service-unavailable' } };

let started: Started;
let url: string;

beforeAll(async () => {
  started = await npmStart({ PORT: String(await freePort()) }, LAST_LINE);
  url = pageUrl(started);
});

afterAll(async () => {
  await end(started.child, 'SIGINT');
});

describe('the gateway of npm start refuses in the shape of the contract', () => {
  const key = { 'x-api-key': DEMO_KEY };
  const rows: readonly (readonly [what: string, asked: Asked, refusal: { readonly http: number; readonly body: object }])[] = [
    ['no key', {}, NOT_PERMITTED],
    ['a wrong key', { headers: { 'x-api-key': 'wrong' } }, NOT_PERMITTED],
    ['a Content-Type that is none', { headers: { ...key, 'content-type': 'none' } }, NOT_PERMITTED],
    ['an unknown path', { target: '/login' }, NO_SUCH_ENDPOINT],
    ['an unknown method', { method: 'DELETE' }, NO_SUCH_ENDPOINT],
    ['a CORS preflight from the page itself', { method: 'OPTIONS' }, NO_SUCH_ENDPOINT],
    ['another website', { headers: { ...key, origin: 'http://evil.example' } }, NOT_PERMITTED],
    ['another page on this machine', { headers: { ...key, origin: 'http://127.0.0.1:1' } }, NOT_PERMITTED],
    ['another name for this machine', { headers: { ...key, host: 'evil.example' } }, NOT_PERMITTED],
    [
      'another name for this machine, asking for the page',
      { method: 'GET', target: '/', headers: { host: 'evil.example' } },
      NOT_PERMITTED,
    ],
  ];
  test.each(rows)('%s', async (_what, asked, refusal) => {
    expect(await ask(url, asked)).toMatchObject({ ...refusal, headers: { 'cache-control': 'no-store' } });
  });

  test('and lets the service speak for itself', async () => {
    expect(await ask(url, { headers: { ...key, 'content-type': 'text/plain' } })).toMatchObject({
      http: 415,
      body: { status: 4, reason: 'unsupported-media-type' },
    });
  });
});

describe('what comes back from the gateway', () => {
  let gateway: Server;
  let page: Page;

  const behind = async (answer: RequestListener): Promise<string> => {
    gateway = createServer(answer);
    page = await startPage({
      port: String(await freePort()),
      gatewayPort: (await listenOn(gateway, String(await freePort()))).port,
      files: new Map(),
      refused: () => undefined,
    });
    return page.url;
  };

  afterEach(async () => {
    await page.close();
    gateway.close();
  });

  test('is passed on with its headers, but for the challenge, which API Gateway renames, and leave for other origins', async () => {
    const headers = { 'Remote-User': 'alice', 'WWW-Authenticate': 'Basic realm="x"', 'Access-Control-Allow-Origin': '*' };
    const target = await behind((_, response) => response.writeHead(401, headers).end('{"status":2}'));
    const seen = await ask(target, {});
    expect(seen).toMatchObject({ http: 401, body: { status: 2 } });
    expect(seen.headers).toMatchObject({ 'remote-user': 'alice', 'x-amzn-remapped-www-authenticate': 'Basic realm="x"' });
    expect(seen.headers).not.toHaveProperty('www-authenticate');
    expect(seen.headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('was asked for as the caller asked, but never compressed', async () => {
    let received: IncomingHttpHeaders = {};
    const target = await behind((incoming, response) => {
      received = incoming.headers;
      response.end(JSON.stringify({ status: 0, asked: `${incoming.method ?? ''} ${incoming.url ?? ''}` }));
    });
    const { body } = await ask(target, { method: 'PUT', target: '/a?b=%2f', headers: { 'Accept-Encoding': 'gzip', 'X-Some': 'thing' } });
    expect(body).toEqual({ status: 0, asked: 'PUT /a?b=%2f' });
    expect(received).toMatchObject({ 'x-some': 'thing', host: new URL(target).host });
    expect(received).not.toHaveProperty('accept-encoding');
  });

  const faults: readonly (readonly [what: string, answer: (response: ServerResponse) => unknown])[] = [
    ['a fault of its own', (response) => response.writeHead(502).end('{"message":"Internal server error"}')],
    ['no answer', (response) => response.destroy()],
    ['half an answer', (response) => response.writeHead(200, { 'content-length': '9' }).write('{"', () => response.destroy())],
  ];
  test.each(faults)('is unknown for %s', async (_what, answer) => {
    const target = await behind((_, response) => {
      answer(response);
    });
    expect(await ask(target, {})).toMatchObject({ ...NOT_RUN, headers: { 'retry-after': '5' } });
  });

  test('is unknown when it has ended', async () => {
    const target = await behind(() => undefined);
    gateway.close();
    expect(await ask(target, {})).toMatchObject(NOT_RUN);
  });
});

describe('the document that the page shows', () => {
  const contract: unknown = JSON.parse(readFileSync(new URL('../../../openapi.json', import.meta.url), 'utf8'));
  const changed = (values: object): object => ({
    servers: [{ url: '/' }],
    paths: { '/auth': { post: { requestBody: { content: { 'application/json': values } } } } },
  });

  test('offers the demo people, and keeps the rest', () => {
    const [alice] = demoLogins;
    const content = contentOf(contract, demoLogins);
    expect(content).toMatchObject(changed({ examples: { alice: { value: alice }, 'wrong password': { value: { username: 'alice' } } } }));
    expect(content).toHaveProperty('info.title', 'ldap-auth');
  });

  test('offers nobody when the directory is the user’s own', () => {
    const nobody = { username: '', password: '' };
    const content = contentOf(contract, []);
    expect(content).toMatchObject({
      ...changed({ examples: { yours: { value: nobody } } }),
      components: { schemas: { Login: { examples: [nobody] } } },
    });
    expect(JSON.stringify(content)).not.toContain('wonderland');
  });
});

describeWhere('chromium', () => {
  describe('the page, in a browser', () => {
    let browser: Browser;
    let context: BrowserContext;
    let asked: string[];
    let complaints: string[];

    beforeAll(async () => {
      browser = await launchBrowser();
    });

    afterAll(async () => {
      await browser.close();
    });

    const open = async (): ReturnType<typeof openPage> => {
      [asked, complaints] = [[], []];
      context = await browser.newContext();
      context.on('request', (sent) => asked.push(new URL(sent.url()).origin));
      context.on('weberror', (fault) => complaints.push(fault.error().message));
      context.on('console', (message) => complaints.push(message.text()));
      return openPage(await context.newPage(), url);
    };

    afterEach(async () => {
      await context.close();
    });

    test('somebody who has just arrived sends what is filled in, and sees “auth ok”', async () => {
      const { body, send, answer } = await open();
      expect(JSON.parse(await body.inputValue())).toEqual(demoLogins[0]);
      await send.click();
      await answer.getByText('"auth ok"').waitFor();
      expect(complaints).toEqual([]);
    });

    test('somebody fills in a login, sends it and sees “auth ok”; then a wrong password, and sees “invalid password”', async () => {
      const { body, send, answer } = await open();
      await body.fill(JSON.stringify({ username: 'jörg', password: 'größenwahn' }));
      await send.click();
      await answer.getByText('"auth ok"').waitFor();
      expect(await answer.innerText()).toContain('uid=jörg,ou=people,dc=example,dc=org');
      await body.fill(JSON.stringify({ username: 'jörg', password: 'wrong' }));
      await send.click();
      await answer.getByText('"invalid password"').waitFor();
      expect(await answer.innerText()).not.toContain('auth ok');
    });

    test('nobody but this machine is asked, and the page’s own policy forbids nothing that it wants', async () => {
      const { send, answer } = await open();
      await send.click();
      await answer.getByText('"auth ok"').waitFor();
      expect([...new Set(asked)]).toEqual([url]);
      expect(complaints).toEqual([]);
      const { headers } = await fetch(url);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
    });
  });
});
