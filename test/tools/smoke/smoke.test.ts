import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { DEMO_KEY } from '../../../tools/start/banner.ts';
import { freePort } from '../../../tools/start/ports.ts';
import type { Answer } from '../../../tools/smoke/ask.ts';
import { type Check, checksOfAnybody, problemWith } from '../../../tools/smoke/checks.ts';
import { parseOptions, USAGE } from '../../../tools/smoke/options.ts';
import { closeHttp, listen } from '../../support/listen.ts';
import { end, LAST_LINE, npmStart } from '../support/npm-start.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

type Smoked = { readonly exitCode: number | null; readonly output: string; readonly complaint: string };

/** What `npm run smoke -- …` runs. */
async function smoke(args: readonly string[], typed = ''): Promise<Smoked> {
  const env = { PATH: process.env['PATH'] ?? '' };
  const child = spawn(process.execPath, ['tools/smoke/main.ts', ...args], { cwd: ROOT, env, stdio: 'pipe' });
  child.stdin.end(typed);
  const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, output, complaint };
}

function failures({ output }: Smoked): readonly string[] {
  return output.split('\n').filter((line) => line.includes('✗'));
}

describe('against the local gateway', () => {
  let child: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const port = String(await freePort());
    url = `http://127.0.0.1:${port}`;
    ({ child } = await npmStart({ PORT: port }, LAST_LINE));
  });

  afterAll(() => end(child, 'SIGTERM'));

  test('everything is as it should be, and no password is needed for it', async () => {
    const smoked = await smoke(['--url', `${url}/auth`, '--key', DEMO_KEY]);
    expect(failures(smoked)).toEqual([]);
    expect(smoked.output).toContain('12 as they should be');
    expect(smoked.exitCode).toBe(0);
  });

  test('with somebody’s right password both ways to call let in, and it is printed nowhere', async () => {
    const smoked = await smoke(['--url', url, '--key', DEMO_KEY, '--user', 'jörg', '--password-stdin'], 'größenwahn\n');
    expect(failures(smoked)).toEqual([]);
    expect(smoked.output).toContain('14 as they should be');
    expect(smoked.output + smoked.complaint).not.toContain('größenwahn');
  });

  test('a wrong key is found out', async () => {
    const smoked = await smoke(['--url', url, '--key', 'not-the-key']);
    expect(smoked.exitCode).toBe(1);
    expect(smoked.output).toContain('Is it the right key?');
  });
});

describe('against something else', () => {
  const withServer = async <T>(answer: RequestListener, use: (url: string) => Promise<T>): Promise<T> => {
    const server = createServer(answer);
    try {
      return await use(`http://127.0.0.1:${String(await listen(server))}`);
    } finally {
      await closeHttp(server);
    }
  };

  test('a service that says yes to everybody fails every row', async () => {
    const yes: RequestListener = (_request, response) => {
      response.setHeader('Content-Type', 'application/json').setHeader('Cache-Control', 'no-store');
      response.end('{"status":0,"message":"auth ok","reason":"authenticated","user":{"username":"x"}}');
    };
    const smoked = await withServer(yes, async (url) => await smoke(['--url', url, '--key', 'key']));
    expect(failures(smoked)).toHaveLength(12);
    expect(smoked.output).toContain('HTTP 200, status 0 authenticated');
    expect(smoked.exitCode).toBe(1);
  });

  test('a gateway without our gateway responses', async () => {
    const bare: RequestListener = (_request, response) => response.writeHead(403).end('{"message":"Forbidden"}');
    const smoked = await withServer(bare, async (url) => await smoke(['--url', url, '--key', 'key']));
    expect(failures(smoked)).toHaveLength(12);
    expect(smoked.output).toContain('HTTP 403, not in the contract\'s shape: {"message":"Forbidden"}');
  });

  test('nobody there', async () => {
    const smoked = await smoke(['--url', `http://127.0.0.1:${String(await freePort())}`, '--key', 'key']);
    expect(smoked.output).toContain('no answer: ECONNREFUSED');
    expect(smoked.exitCode).toBe(1);
  });
});

test('nobody there: one row and no more, whatever is wrong with the connection', async () => {
  const url = `http://127.0.0.1:${String(await freePort())}`;
  const smoked = await smoke(['--url', url, '--key', 'key']);
  expect(smoked.exitCode).toBe(1);
  expect(failures(smoked)).toHaveLength(1);
  expect(smoked.output).toContain('no answer: ECONNREFUSED');
  expect(smoked.output).toContain('nobody answers there: the other 11 were not asked');
});

test('--help is the usage', async () => {
  const { exitCode, output, complaint } = await smoke(['--help']);
  expect([exitCode, output, complaint]).toEqual([0, `${USAGE}\n`, '']);
});

describe('an answer', () => {
  const GOOD = { status: 1, message: 'invalid user', reason: 'user-not-found' };
  const HEADERS = { 'cache-control': 'no-store', 'content-type': 'application/json' };

  const first = (): Check => {
    const [check] = checksOfAnybody();
    if (check === undefined) throw new Error('no checks');
    return check;
  };

  const answer = (body: Readonly<Record<string, unknown>>, http = 401, headers: Readonly<Record<string, string>> = HEADERS): Answer => ({
    http,
    headers: new Headers(headers),
    text: JSON.stringify(body),
    body,
  });

  test.each([
    [GOOD],
    [{ status: 2, message: 'invalid password', reason: 'wrong-password' }],
    [{ status: 2, message: 'invalid credentials', reason: 'invalid-credentials' }],
  ])('%j is as it should be for a name that nobody has', (body) => {
    expect(problemWith(first(), answer(body))).toBeUndefined();
  });

  test.each([
    ['another HTTP code', answer(GOOD, 200), 'HTTP 200 instead of 401'],
    ['another status', answer({ ...GOOD, status: 2 }), 'status 2, message invalid user: not those of user-not-found'],
    ['a text as status', answer({ ...GOOD, status: '1' }), 'status 1, message invalid user: not those of user-not-found'],
    ['a field too many', answer({ ...GOOD, user: 'x' }), 'a field that does not belong there: user'],
    ['one that may be kept', answer(GOOD, 401, { 'content-type': 'application/json' }), 'Cache-Control is not no-store'],
    ['another type', answer(GOOD, 401, { ...HEADERS, 'content-type': 'text/html' }), 'Content-Type is not application/json'],
    ['no reason', answer({ message: 'Unauthorized' }), 'HTTP 401, not in the contract\'s shape: {"message":"Unauthorized"}'],
    [
      'a directory that is down',
      answer({ status: 5, message: 'directory unavailable', reason: 'directory-unreachable' }, 503),
      'HTTP 503, status 5 directory-unreachable. What is wrong: npx serverless invoke -f doctor',
    ],
  ])('with %s is not', (_, wrong, problem) => {
    expect(problemWith(first(), wrong)).toBe(problem);
  });
});

describe('the arguments', () => {
  const KEY = ['--key', 'key'];

  test.each([
    ['https://abc.execute-api.eu-central-1.amazonaws.com/prod', 'https://abc.execute-api.eu-central-1.amazonaws.com/prod'],
    ['https://abc.execute-api.eu-central-1.amazonaws.com/prod/auth', 'https://abc.execute-api.eu-central-1.amazonaws.com/prod'],
    ['https://login.corp.example.com/', 'https://login.corp.example.com'],
    ['http://[::1]:3000/auth', 'http://[::1]:3000'],
  ])('%s is %s', (given, url) => {
    expect(parseOptions(['--url', given, ...KEY], {})).toEqual({ ok: true, options: { url, key: 'key', user: undefined } });
  });

  test('may leave the key to a variable', () => {
    expect(parseOptions(['--url', 'https://x.example'], { SMOKE_API_KEY: 'from there' })).toMatchObject({ ok: false });
    expect(parseOptions(['--url', 'https://x.example'], { SMOKE_API_KEY: 'key' })).toMatchObject({ options: { key: 'key' } });
  });

  test.each([
    ['no URL', KEY, '--url'],
    ['http:// to somewhere else', ['--url', 'http://login.corp.example.com', ...KEY], '--url'],
    ['credentials in the URL', ['--url', 'https://a:b@login.corp.example.com', ...KEY], '--url'],
    ['no key', ['--url', 'https://login.corp.example.com'], '--key'],
    ['a user without a password', ['--url', 'https://x.example', ...KEY, '--user', 'alice'], '--user and --password-stdin'],
    ['a password without a user', ['--url', 'https://x.example', ...KEY, '--password-stdin'], '--user and --password-stdin'],
    ['a password on the command line', ['--url', 'https://x.example', ...KEY, '--password', 'x'], 'a password never is one'],
  ])('%s: refused', (_, args, problem) => {
    expect(parseOptions(args, {})).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
  });

  test('that are wrong end with 2 and the usage', async () => {
    const { exitCode, output, complaint } = await smoke([]);
    expect([exitCode, output]).toEqual([2, '']);
    expect(complaint).toContain('npm run smoke -- --url URL --key KEY');
  });
});
