import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { type Answer, ANSWERS } from '../../src/http/response.ts';
import { closeHttp, listen } from '../support/listen.ts';

const README = readFileSync(path.resolve(import.meta.dirname, '../../README.md'), 'utf8');
const CLIENT = /```js\n([^]*?)```/.exec(README)?.[1] ?? '';

const USER = { dn: 'uid=alice,ou=people,dc=example,dc=org', username: 'alice' };

/** What the service may say, by path, and what the client of the README makes of it. */
const SAID: readonly (readonly [what: string, http: number, body: string, result: string])[] = [
  ...Object.entries<Answer>(ANSWERS).map(([reason, { status, http }]) => {
    const body = JSON.stringify(status === 0 ? { status, user: USER } : { status });
    return [reason, http, body, status === 0 ? JSON.stringify(USER) : status <= 3 ? 'null' : 'unknown'] as const;
  }),
  ['no JSON', 200, '<html>', 'unknown'],
  ['no body', 200, '', 'unknown'],
  ['null', 200, 'null', 'unknown'],
  ['no status', 200, '{}', 'unknown'],
  ['a status that is a text', 200, '{"status":"0"}', 'unknown'],
  ['nothing, and the connection is closed', 0, '', 'unknown'],
];

let server: Server;
let url: string;
const asked: { readonly key: unknown; readonly body: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const [, http = 0, body = ''] = SAID[Number(request.url?.slice(1))] ?? [];
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push({ key: request.headers['x-api-key'], body: Buffer.concat(chunks).toString() });
      if (http === 0) request.socket.destroy();
      else response.writeHead(http, { 'content-type': 'application/json' }).end(body);
    });
  });
  url = `http://127.0.0.1:${String(await listen(server))}/`;
});

afterAll(() => closeHttp(server));

test('the client of the README says yes to 0, no to 1, 2 and 3, and unknown to everything else', async () => {
  expect(CLIENT.trimEnd().split('\n').length).toBeLessThanOrEqual(10);
  const program = `${CLIENT.replace(/'https:[^']+'/, 'url')}
    let url;
    for (let i = 0; i < ${String(SAID.length)}; i += 1) {
      url = process.env.BASE + i;
      console.log(await check('alice', 'wonderland').then(JSON.stringify, (error) => error.message));
    }`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, BASE: url, API_KEY: 'the key' },
  });
  const results = stdout.trimEnd().split('\n');
  expect(SAID.map(([what], index) => [what, results[index]])).toEqual(SAID.map(([what, , , result]) => [what, result]));
  expect(new Set(asked.map(({ key, body }) => `${String(key)} ${body}`))).toEqual(
    new Set(['the key {"username":"alice","password":"wonderland"}']),
  );
});
