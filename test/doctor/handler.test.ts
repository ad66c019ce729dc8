import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { BASE_DN, SERVICE_DN } from '../../tools/demo-directory/people.ts';
import { type DoctorHandler, makeDoctor } from '../../src/handlers/doctor.ts';
import type { Health } from '../../src/observe/sink.ts';
import { type Parts, prepare } from '../../src/wiring.ts';
import { lambdaContext } from '../support/ask.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { listen, staySilent } from '../support/listen.ts';
import { rowOf } from './support/examine.ts';

let directory: Demo;
let parts: Parts;
let doctor: DoctorHandler;

beforeAll(async () => {
  directory = await startDemo();
  parts = prepare(directory.settings);
  doctor = makeDoctor(parts);
});
afterAll(() => directory.close());

describe('the function doctor', () => {
  test('{"user": "alice"}: the user is looked for', async () => {
    const report = await doctor({ user: 'alice' }, lambdaContext());
    expect(report.ok).toBe(true);
    expect(rowOf(report, 'user')).toMatchObject({ status: 'pass', title: `user: alice is uid=alice,ou=people,${BASE_DN}` });
  });

  const NO_USER: readonly unknown[] = [
    ...[{}, undefined, null, '', 'alice', 7, [], ['alice'], { user: '' }, { user: null }, { user: 7 }, { user: { user: 'alice' } }],
    ...[{ user: 'a\0b' }, { user: '\ud800' }, { user: 'ali\ufffdce' }, { user: 'a'.repeat(257) }, { username: 'alice' }, { password: 'x' }],
  ];
  test.each(NO_USER.map((event) => [event]))('%j: nobody is looked for', async (event) => {
    const report = await doctor(event, lambdaContext());
    expect(report.ok).toBe(true);
    expect(rowOf(report, 'user')).toMatchObject({ status: 'skip', title: 'user: nobody was named' });
  });

  test('tells the alarms how many checks failed, and how long the certificate lasts', async () => {
    const measured: Health[] = [];
    await makeDoctor(parts, (health) => measured.push(health))({}, lambdaContext());
    await makeDoctor(prepare({}), (health) => measured.push(health))({}, lambdaContext());
    expect(measured).toEqual([
      { failures: 0, certificateDaysLeft: 29 },
      { failures: 1, certificateDaysLeft: undefined },
    ]);
  });

  test('without a context it answers as well', async () => {
    expect((await doctor({})).ok).toBe(true);
    expect((await doctor({}, null)).ok).toBe(true);
    expect((await doctor({}, lambdaContext(Number.NaN))).ok).toBe(true);
  });

  test('ends at a server that takes a connection and stays silent, also where the time left is no number', async () => {
    const silent = net.createServer(staySilent);
    const settings = {
      LDAP_URL: `ldap://127.0.0.1:${String(await listen(silent))}`,
      LDAP_ALLOW_PLAINTEXT: 'true',
      LDAP_DEADLINE_MS: '200',
    };
    const account = { LDAP_BIND_DN: SERVICE_DN, LDAP_BIND_PASSWORD: 'x', LDAP_BASE_DN: BASE_DN };
    const report = await makeDoctor(prepare({ ...settings, ...account }))({}, lambdaContext(Number.NaN));
    expect(rowOf(report, 'bind')).toMatchObject({ status: 'fail' });
    silent.close();
  });

  test('is bounded by what the invocation has left', async () => {
    const before = directory.counts.connections;
    const report = await doctor({ user: 'alice' }, lambdaContext(400)); // less than it keeps for the answer
    expect(report.ok).toBe(false);
    expect(directory.counts.connections).toBe(before); // there was no time to ask anybody
  });

  test('misconfigured it answers, by variable', async () => {
    const report = await makeDoctor(prepare({ LDAP_ULR: 'x' }))({}, lambdaContext());
    expect(report.ok).toBe(false);
    expect(report.checks[0]?.hint).toMatch(/^LDAP_ULR: expected no such setting.*\nLDAP_URL: expected /);
  });
});

test('what is deployed does not hold the printer, nor anything of dev', () => {
  const root = path.resolve(import.meta.dirname, '../../src');
  const seen = new Set<string>();
  const follow = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const [, target = ''] of text.matchAll(/from '(\.[^']+\.ts)'/g)) follow(path.posix.join(path.posix.dirname(file), target));
  };
  follow('handlers/doctor.ts');
  expect([...seen].filter((file) => /^dev\/|^doctor\/(?:render|main|prompt|cli)\.ts/.test(file))).toEqual([]);
  expect(seen.has('doctor/checks-user.ts')).toBe(true);
});
