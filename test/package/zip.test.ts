import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { BASE_DN } from '../../tools/demo-directory/people.ts';
import { withDemoDirectory } from './demo-directory.ts';
import { askPackagedHandler, invokePackaged } from './invoke.ts';
import { FUNCTIONS, packageService, withFolder } from './packaged.ts';
import { readZip, unpackZip, type ZipEntry } from './zip-reader.ts';

const ALICE = { username: 'alice', password: 'wonderland' };

const CONFIGURED = {
  LDAP_URL: 'ldaps://127.0.0.1:1',
  LDAP_BIND_DN: 'cn=service',
  LDAP_BIND_PASSWORD: 'password',
  LDAP_BASE_DN: 'dc=example',
};

let folder: string;
const zips = new Map<string, Buffer>();

function get(name: string): Buffer {
  return zips.get(name) ?? Buffer.alloc(0);
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'zip-'));
  const { zipOf } = await packageService(path.join(folder, 'service'));
  for (const name of FUNCTIONS) {
    zips.set(name, zipOf(name));
    await unpackZip(get(name), path.join(folder, name));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function ask(environment: Readonly<Record<string, string>>, ...logins: readonly (typeof ALICE)[]): Promise<readonly unknown[]> {
  return askPackagedHandler(path.join(folder, 'auth'), environment, logins);
}

async function entry(name: string, file: string): Promise<ZipEntry> {
  const found = (await readZip(get(name))).find((one) => one.name === file);
  if (found === undefined) throw new Error(`no ${file}`);
  return found;
}

async function content(name: string, file: string): Promise<string> {
  return String((await entry(name, file)).content);
}

describe.each(FUNCTIONS)('the zip of %s', (name) => {
  test('holds the function, what it imports when needed, their source maps and certs/, and nothing else', async () => {
    const certificates = readdirSync(path.resolve(import.meta.dirname, '../../certs')).filter((file) => !file.startsWith('.'));
    const names = (await readZip(get(name))).map((one) => one.name);
    expect(names).toEqual([
      ...[name, 'gate-aws', ...(name === 'doctor' ? [] : ['gate-gatekeeper']), 'ldap-discovery', 'secrets-aws'].flatMap((file) => [
        `${file}.mjs`,
        `${file}.mjs.map`,
      ]),
      ...certificates.toSorted().map((file) => `certs/${file}`),
    ]);
  });

  test('has source maps that lead to the source without repeating it', async () => {
    const { sources, sourcesContent } = JSON.parse(await content(name, `${name}.mjs.map`)) as {
      readonly sources: readonly string[];
      readonly sourcesContent?: unknown;
    };
    expect(sources).toContain(`../src/handlers/${name}.ts`);
    expect(sourcesContent).toBeUndefined();
  });

  test('imports nothing at its start: Node’s own modules are taken when they are needed, the SDK when a secret is', async () => {
    const script = await content(name, `${name}.mjs`);
    const imported = /\bimport(?:\s*[{*"']|\s+[\w$]+\s*(?:,|from)).{40}|\bexport\s*(?:\*|{[^}]*})\s*from.{40}|\brequire\(.{40}/g;
    expect(script.match(imported)).toBeNull(); // a piece of it: a failure would show all of the script
    const ofGate = name === 'doctor' ? 'import("./gate-aws.mjs")' : 'import("./gate-gatekeeper.mjs")'; // the doctor is outside of the gate
    expect(new Set(script.match(/\bimport\([^)]*\)/g))).toEqual(
      new Set([ofGate, 'import("./ldap-discovery.mjs")', 'import("./secrets-aws.mjs")']),
    );
  });

  const most = name === 'doctor' ? 60_000 : 46_000; // nobody waits for the doctor's cold start
  test(`has at most ${String(most)} bytes of JavaScript to load, deflated`, async () => {
    expect((await entry(name, `${name}.mjs`)).compressedBytes).toBeLessThanOrEqual(most);
  });
});

test('the zips are the same, byte for byte, in another folder, time zone and locale', async () => {
  await withFolder(async (other) => {
    const { zipOf } = await packageService(other, [], { TZ: 'America/New_York', LC_ALL: 'tr_TR.UTF-8' });
    expect(FUNCTIONS.filter((name) => !zipOf(name).equals(get(name)))).toEqual([]);
  });
});

test('a file of applications is in each zip and read there, so that the environment stays small', async () => {
  const groups = (name: string): readonly string[] => [`cn=${name},ou=groups,${BASE_DN}`];
  const others = Array.from({ length: 18 }, (_, index) => [`application-${String(index)}`, groups(`group-${String(index)}`)] as const);
  const applications = Object.fromEntries([['wiki', groups('staff')], ['console', groups('admins')], ...others]);
  await withFolder(async (other) => {
    const service = path.join(other, 'service');
    mkdirSync(path.join(service, 'settings'), { recursive: true });
    writeFileSync(path.join(service, 'settings/applications.json'), JSON.stringify(applications));
    const { template, zipOf } = await packageService(service, ['--param=authApplications=settings/applications.json']);
    for (const name of FUNCTIONS) {
      expect((await readZip(zipOf(name))).map((file) => file.name)).toContain('settings/applications.json');
      expect(template.Resources[`${name.charAt(0).toUpperCase()}${name.slice(1)}LambdaFunction`]).toMatchObject({
        Properties: { Environment: { Variables: { AUTH_APPLICATIONS: 'settings/applications.json' } } },
      });
    }
    const unpacked = path.join(other, 'auth');
    await unpackZip(zipOf('auth'), unpacked);
    await withDemoDirectory(async (variables) => {
      const bob = { username: 'bob', password: 'builder-of-houses' };
      const events = ['wiki', 'console', 'unknown'].map((application) => ({ ...bob, application }));
      const environment = { ...variables, AUTH_APPLICATIONS: 'settings/applications.json' };
      expect(await invokePackaged(unpacked, 'auth', environment, events)).toMatchObject([
        { status: 0, reason: 'authenticated' },
        { status: 3, reason: 'not-in-required-group' },
        { status: 8, reason: 'no-such-endpoint' },
      ]);
    });
  });
});

/** Of Parameter Store, as much as GetParameter needs. Under the one name lies the password of the demo's service account. */
async function withStore<T>(use: (environment: Readonly<Record<string, string>>) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { Name } = JSON.parse(body) as { readonly Name: string };
      const found = Name === '/ldap-auth/bind-password' ? { Parameter: { Name, Value: 'service password' } } : {};
      response.setHeader('Content-Type', 'application/x-amz-json-1.1').end(JSON.stringify(found));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? String(address.port) : '';
  try {
    return await use({
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe('the handler of auth, with nothing beside it and the contract’s variables alone', () => {
  test('answers 0, 1 and 2 from a directory that it has never seen', async () => {
    const answers = await withDemoDirectory((variables) =>
      ask(variables, ALICE, { ...ALICE, username: 'nobody' }, { ...ALICE, password: 'wrong' }),
    );
    expect(answers).toEqual([
      {
        statusCode: 200,
        body: {
          status: 0,
          message: 'auth ok',
          reason: 'authenticated',
          user: { dn: `uid=alice,ou=people,${BASE_DN}`, username: 'alice', id: expect.any(String) },
        },
      },
      { statusCode: 401, body: { status: 1, message: 'invalid user', reason: 'user-not-found' } },
      { statusCode: 401, body: { status: 2, message: 'invalid password', reason: 'wrong-password' } },
    ]);
  });

  test.each([
    ['nothing is configured', {}],
    ['a variable is misspelt', { ...CONFIGURED, LDAP_ULR: 'ldaps://directory.example.com' }],
    ['the URL is plain ldap://', { ...CONFIGURED, LDAP_URL: 'ldap://127.0.0.1:1' }],
  ])('answers 7, if %s', async (_, wrong) => {
    expect(await ask(wrong, ALICE)).toEqual([
      { statusCode: 500, body: { status: 7, message: 'service misconfigured', reason: 'misconfigured' } },
    ]);
  });
});

test('with the service password in Parameter Store, the SDK in the zip fetches it', async () => {
  const [answer] = await withDemoDirectory((variables) =>
    withStore(async (aws) => {
      const { LDAP_BIND_PASSWORD: _, ...others } = variables;
      return await ask({ ...others, ...aws, LDAP_BIND_PASSWORD_PARAMETER: '/ldap-auth/bind-password' }, ALICE);
    }),
  );
  expect(answer).toMatchObject({ statusCode: 200, body: { status: 0 } });
});

test('with servers that DNS tells, what looks them up is in the zip', async () => {
  const [answer] = await ask({ ...CONFIGURED, LDAP_URL: 'ldaps+srv://nowhere.invalid', LDAP_DEADLINE_MS: '1000' }, ALICE);
  expect(answer).toMatchObject({ body: { status: 5, reason: expect.stringMatching(/^directory-(?:unreachable|timeout)$/) } });
});

test('the handler of authorizer allows alice the whole stage', async () => {
  const event = {
    type: 'REQUEST',
    methodArn: 'arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/GET/whoami',
    headers: { Authorization: `Basic ${Buffer.from('alice:wonderland').toString('base64')}` },
  };
  const answers = await withDemoDirectory((variables) => invokePackaged(path.join(folder, 'authorizer'), 'authorizer', variables, [event]));
  expect(answers).toMatchObject([
    { policyDocument: { Statement: [{ Effect: 'Allow', Resource: 'arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/*' }] } },
  ]);
});

test('the handler of doctor finds the demo directory in order, and alice in it', async () => {
  const answers = await withDemoDirectory((variables) =>
    invokePackaged(path.join(folder, 'doctor'), 'doctor', variables, [{ user: 'alice' }]),
  );
  expect(answers).toMatchObject([{ ok: true }]);
});
