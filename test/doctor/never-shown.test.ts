import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { SERVICE_DN } from '../../tools/demo-directory/people.ts';
import { type Demo, type Settings, startDemo } from '../support/demo.ts';
import { examineWith, failed, rowOf } from './support/examine.ts';

let directory: Demo;
let settings: Settings;

beforeAll(async () => {
  directory = await startDemo();
  ({ settings } = directory);
});
afterAll(() => directory.close());

/** Passwords that look like something else. */
const PASSWORDS = [
  ...['hunter2', 'pass-word-of-the-service', 'p4ss@w0rd!', 'P@ssw0rd', 'P@ss.word', 'Pa$$\\w0rd'],
  ...['P!ss=w0rd', 'Pass=word', 'a=1,b=2'],
];

test.each(PASSWORDS)('a password in another variable is not shown: %s', async (password) => {
  const LDAP_URL = directory.url;
  const plain = { ...settings, LDAP_URL, LDAP_ALLOW_PLAINTEXT: 'true' };
  const asAccount = await examineWith({ ...settings, LDAP_BIND_DN: password, LDAP_BIND_PASSWORD: SERVICE_DN });
  expect(failed(asAccount)).toMatchObject([{ id: 'bind', title: 'service bind: LDAP_BIND_DN' }]);
  const reports = [
    asAccount,
    await examineWith({ ...settings, LDAP_BASE_DN: password }, { username: 'alice' }),
    await examineWith({ ...settings, LDAP_TLS_SERVERNAME: password }),
    await examineWith({ ...settings, LDAP_REQUIRED_GROUPS: JSON.stringify([`${password}=`, password]) }, { username: 'alice' }),
    await examineWith({ ...settings, LDAP_REQUIRED_GROUPS: JSON.stringify([`=${password}`]) }, { username: 'alice' }),
    await examineWith({ ...settings, LDAP_NETBIOS_DOMAIN: password, LDAP_DIRECTORY: 'active-directory' }, { username: 'alice' }),
    await examineWith({ ...plain, LDAP_TLS_CA: password }),
    await examineWith({ ...plain, LDAP_USER_ATTRIBUTES: password, LDAP_DEADLINE_MS: password, LDAP_USER_FILTER: password }),
    await examineWith({ LDAP_URL: password, LDAP_USER_DN_TEMPLATE: password }),
    await examineWith({ ...plain, LDAP_URL: `ldap://x:${password}@127.0.0.1` }),
  ];
  for (const report of reports) {
    expect(report.ok).toBe(false);
    expect(JSON.stringify(report).toLowerCase()).not.toContain(JSON.stringify(password).slice(1, -1).toLowerCase());
  }
});

test.each([
  ['a name', 'ldap-auth'],
  ['a name of a domain', 'svc@example.org'],
  ['a name of a domain, as Windows has it', String.raw`CORP\svc`],
])('two variables that are confused, one of them %s: neither is shown', async (_case, name) => {
  const report = await examineWith({ ...settings, LDAP_BIND_DN: 'hunter2', LDAP_BIND_PASSWORD: name });
  expect(failed(report)).toMatchObject([{ id: 'bind', hint: expect.stringMatching(/^LDAP_BIND_DN: its value is not a DN\n/) }]);
  expect(JSON.stringify(report)).not.toContain('hunter2');
  expect(JSON.stringify(report)).not.toContain(JSON.stringify(name));
});

test.each([
  ['a DN', SERVICE_DN, {}, SERVICE_DN],
  ['a word, and the password is none', 'ldap-auth', {}, 'ldap-auth'],
  ['a name of the domain that is searched', 'svc@example.org', {}, 'svc@example.org'],
  ['a name of a domain below it', 'svc@child.example.org', {}, 'svc@child.example.org'],
  ['a name of another domain', 'svc@other.test', {}, 'LDAP_BIND_DN'],
  ['a name of the domain, as Windows has it', String.raw`EXAMPLE\svc`, {}, String.raw`EXAMPLE\svc`],
  ['a name of the configured domain', String.raw`CORP\svc`, { LDAP_NETBIOS_DOMAIN: 'corp' }, String.raw`CORP\svc`],
  ['a name of another one', String.raw`OTHER\svc`, { LDAP_NETBIOS_DOMAIN: 'corp' }, 'LDAP_BIND_DN'],
])('the service account is named where its name is %s', async (_case, name, more, shown) => {
  const kind = 'LDAP_NETBIOS_DOMAIN' in more ? { LDAP_DIRECTORY: 'active-directory' } : {};
  const report = await examineWith({ ...settings, ...more, ...kind, LDAP_BIND_DN: name });
  expect(rowOf(report, 'bind').title).toBe(`service bind: ${shown}`);
});
