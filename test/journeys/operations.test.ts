import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { Counts } from '../../tools/demo-directory/connection.ts';
import { type Ask, makeService } from '../support/ask.ts';
import { type Settings as Variables } from '../support/demo.ts';
import { person, type Stage, startStage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage([person('Twin 1', 'twin'), person('Twin 2', 'twin')]);
});
afterAll(async () => {
  await stage.directory.close();
});

const NOTHING: Counts = { connections: 0, openConnections: 0, binds: 0, searches: 0, startTls: 0, unbinds: 0, notices: 0 };

/** One connection, in order, from the first bind to the unbind. */
function once(binds: number, searches: number, more: Partial<Counts> = {}): Counts {
  return {
    ...NOTHING,
    connections: 1,
    binds,
    searches,
    unbinds: 1,
    ...more,
  };
}

function service(variables: Variables = {}): Ask {
  return makeService({ ...stage.environment, ...variables });
}

describe('what one request costs the directory', () => {
  test.each<[string, string, string, Counts]>([
    ['a valid login: bind, search, bind, unbind', 'alice', 'wonderland', once(2, 1)],
    ['a wrong password: the same, and no second try', 'alice', 'x', once(2, 1)],
    ['an unknown name, with proof that others would be seen', 'nobody', 'x', once(1, 2)],
    ['an ambiguous name: nobody’s password is tried; unbound as ever', 'twin', 'x', once(1, 1)],
  ])('%s', async (_case, username, password, expected) => {
    const ask = service();
    expect(await stage.counting(() => ask(username, password))).toEqual(expected);
  });

  test.each<[string, () => Variables, Counts]>([
    ['StartTLS', () => ({ LDAP_URL: stage.directory.url, LDAP_STARTTLS: 'true' }), once(2, 1, { startTls: 1 })],
    ['plain ldap', () => ({ LDAP_URL: stage.directory.url, LDAP_ALLOW_PLAINTEXT: 'true' }), once(2, 1)],
  ])('a valid login over %s', async (_case, variables, expected) => {
    const ask = service(variables());
    expect(await stage.counting(() => ask('alice', 'wonderland'))).toEqual(expected);
  });

  test('a direct bind: bind, who am I, one search for the own entry, unbind; a wrong password: bind, unbind', async () => {
    const { LDAP_URL = '', LDAP_TLS_CA = '' } = stage.environment;
    const ask = makeService({ LDAP_URL, LDAP_TLS_CA, LDAP_USER_DN_TEMPLATE: 'uid={username},ou=people,dc=example,dc=org' });
    expect(await stage.counting(() => ask('alice', 'wonderland'))).toEqual(once(1, 1));
    expect(await stage.counting(() => ask('nobody', 'x'))).toEqual(once(1, 0));
  });
});

describe('from one request to the next', () => {
  test('each has a connection of its own', async () => {
    const ask = service();
    const logins = [1, 2, 3];
    const counts = await stage.counting(() => Promise.all(logins.map(() => ask('alice', 'wonderland'))));
    expect(counts).toEqual({ ...NOTHING, connections: 3, binds: 6, searches: 3, unbinds: 3 });
  });

  test('somebody who was seen a moment ago is read again, as proof that an unknown name is unknown', async () => {
    const ask = service();
    await ask('alice', 'x');
    expect(await stage.counting(() => ask('nobody', 'x'))).toEqual(once(1, 2));
  });

  test('a refused service account is left alone, by waiting requests too', async () => {
    const ask = service({ LDAP_BIND_PASSWORD: 'x' });
    const counts = await stage.counting(() => Promise.all([1, 2, 3].map(() => ask('alice', 'wonderland'))));
    expect([counts.binds, counts.searches]).toEqual([1, 0]);
    expect(await stage.counting(() => ask('alice', 'wonderland'))).toEqual(NOTHING);
  });

  test('a refused service account is not tried at the next server', async () => {
    const { LDAP_URL = '' } = stage.environment;
    const ask = service({
      LDAP_URL: `${LDAP_URL} ${LDAP_URL.replace('127.0.0.1', 'localhost')}`,
      LDAP_TLS_SERVERNAME: '127.0.0.1',
      LDAP_BIND_PASSWORD: 'x',
    });
    expect(await stage.counting(() => ask('alice', 'wonderland'))).toEqual(once(1, 0));
  });

  test('a verdict is not asked for at the next server', async () => {
    const { LDAP_URL = '' } = stage.environment;
    const ask = service({ LDAP_URL: `${LDAP_URL},${LDAP_URL}` });
    expect(await stage.counting(() => ask('alice', 'x'))).toEqual(once(2, 1));
    expect(await stage.counting(() => ask('nobody', 'x'))).toEqual(once(1, 2));
  });
});
