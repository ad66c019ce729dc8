import { describe, expect, test } from '@jest/globals';
import { parseEnv } from 'node:util';

import { describeLost, lostParts } from '../../../tools/start/env-file.ts';

describe('a value in .env', () => {
  test.each([
    ['LDAP_BIND_PASSWORD=Svc#Secret', 'Svc'],
    ['LDAP_BIND_PASSWORD=Svc #Secret', 'Svc'],
    ['LDAP_BIND_PASSWORD=#Secret', ''],
    ['export LDAP_BIND_PASSWORD = Svc#Secret', 'Svc'],
    ["LDAP_BIND_PASSWORD='it's'", 'it'],
  ])('%s is not whole: Node keeps %j, and it is told', (line, kept) => {
    expect(parseEnv(line)).toEqual({ LDAP_BIND_PASSWORD: kept });
    const [lost, ...more] = lostParts(`# a comment\n\n${line}\n`);
    expect([lost?.variable, lost?.line, more]).toEqual(['LDAP_BIND_PASSWORD', 3, []]);
    expect(lost === undefined ? '' : describeLost('.env', lost)).not.toMatch(/Svc|Secret|it's/);
  });

  test.each([
    ['LDAP_BIND_PASSWORD="Svc#Secret"', 'Svc#Secret'],
    ["LDAP_BIND_PASSWORD='Svc#Secret' # the service account", 'Svc#Secret'],
    ['LDAP_BIND_PASSWORD=`Svc#\'"`', 'Svc#\'"'],
    ['LDAP_BIND_PASSWORD=Svc-Secret', 'Svc-Secret'],
    ['LDAP_BIND_PASSWORD="Svc#Secret', '"Svc#Secret'],
    ['LDAP_BIND_PASSWORD="two\nlines#"', 'two\nlines#'],
  ])('%s is whole', (line, kept) => {
    expect(parseEnv(line)).toEqual({ LDAP_BIND_PASSWORD: kept });
    expect(lostParts(line)).toEqual([]);
  });

  test('of anything but a secret may have a comment behind it', () => {
    expect(lostParts('LDAP_URL=ldaps://dc1.example.com # the first one\nLDAP_BASE_DN=dc=x#y\n')).toEqual([
      { variable: 'LDAP_BASE_DN', line: 2, to: '#' },
    ]);
  });
});
