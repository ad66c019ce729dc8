import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { makeDoctor } from '../../src/handlers/doctor.ts';
import { prepare } from '../../src/wiring.ts';
import { startStores, type Stores, useStores } from '../secrets/stores.ts';
import { lambdaContext } from '../support/ask.ts';
import { rowOf } from './support/examine.ts';

let stores: Stores;

beforeAll(async () => {
  stores = await startStores();
  useStores(stores);
});

afterAll(() => stores.close());

beforeEach(() => {
  stores.values.clear();
});

const SETTINGS = {
  ...{ LDAP_URL: 'ldap://127.0.0.1:1', LDAP_ALLOW_PLAINTEXT: 'true', LDAP_DEADLINE_MS: '1500' },
  ...{ LDAP_BIND_DN: 'cn=service,dc=example,dc=org', LDAP_BASE_DN: 'dc=example,dc=org' },
};

/** With the real SDK against a store on loopback that does each of these things. */
describe('the doctor and a secret store that', () => {
  test.each(['hang', 'throttle', 'deny'] as const)('does %s: names the variable', async (behaviour) => {
    stores.behaviour = behaviour;
    const doctor = makeDoctor(prepare({ ...SETTINGS, LDAP_BIND_PASSWORD_SECRET: 'ldap/service' }));
    const row = rowOf(await doctor({}, lambdaContext()), 'secret');
    expect(row).toMatchObject({ status: 'fail', hint: expect.stringContaining('LDAP_BIND_PASSWORD_SECRET') });
  });

  test('does not know the parameter of the authority: names the variable', async () => {
    stores.behaviour = 'answer';
    const doctor = makeDoctor(prepare({ ...SETTINGS, LDAP_BIND_PASSWORD: 'x', LDAP_TLS_CA_PARAMETER: '/ldap/ca' }));
    const row = rowOf(await doctor({}, lambdaContext()), 'certificates');
    expect(row).toMatchObject({ status: 'fail', hint: expect.stringContaining('LDAP_TLS_CA_PARAMETER') });
  });

  test.each([
    ['LDAP_BIND_PASSWORD_SECRET', { LDAP_BIND_PASSWORD_SECRET: 'ldap/service' }, 'secret', 'certificates'],
    ['LDAP_TLS_CA_PARAMETER', { LDAP_BIND_PASSWORD: 'x', LDAP_TLS_CA_PARAMETER: '/ldap/ca' }, 'certificates', 'secret'],
  ])('cannot be reached: told once, and the rest is looked at (%s)', async (variable, settings, skipped, passed) => {
    process.env['AWS_ENDPOINT_URL'] = 'http://127.0.0.1:1';
    try {
      const report = await makeDoctor(prepare({ ...SETTINGS, ...settings }))({}, lambdaContext());
      const hint = expect.stringMatching(new RegExp(`^${variable}: there is no way to 127\\.0\\.0\\.1 port 1 .*VPC endpoint`));
      expect(rowOf(report, 'store')).toMatchObject({ title: 'the secret store is reachable', status: 'fail', hint });
      expect(rowOf(report, skipped)).toMatchObject({ status: 'skip' });
      expect(rowOf(report, passed)).toMatchObject({ status: 'pass' });
    } finally {
      useStores(stores);
    }
  });

  test('answers: is told as had, and the value is nowhere', async () => {
    stores.behaviour = 'answer';
    stores.values.set('ldap/service', 'a value that nobody sees');
    const report = await makeDoctor(prepare({ ...SETTINGS, LDAP_BIND_PASSWORD_SECRET: 'ldap/service' }))({}, lambdaContext());
    expect(rowOf(report, 'store')).toMatchObject({ status: 'pass' });
    expect(rowOf(report, 'secret')).toMatchObject({ status: 'pass' });
    expect(JSON.stringify(report)).not.toContain('nobody sees');
  });

  test('answers with a line break at the end: a warning says so', async () => {
    stores.behaviour = 'answer';
    stores.values.set('ldap/service', 'from a file\n');
    const report = await makeDoctor(prepare({ ...SETTINGS, LDAP_BIND_PASSWORD_SECRET: 'ldap/service' }))({}, lambdaContext());
    expect(rowOf(report, 'secret')).toMatchObject({
      status: 'pass',
      hint: expect.stringMatching(/^warning: the password ends with a line break/),
    });
  });
});
