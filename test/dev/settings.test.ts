import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';

import { VARIABLES } from '../../src/core/variables.ts';
import { otherVariables, readVariables, serviceVariables } from '../../src/dev/settings.ts';

const withDotEnv = <T>(text: string, use: (file: string) => T): T => {
  const folder = mkdtempSync(path.join(tmpdir(), 'settings-'));
  try {
    writeFileSync(path.join(folder, '.env'), text);
    return use(path.join(folder, '.env'));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

describe('the variables of npm start', () => {
  test('come from .env, and the environment wins', () => {
    const text = 'LDAP_URL=ldaps://from-file.example.com\nLDAP_BASE_DN="dc=example,dc=com" # quoted\n';
    const variables = withDotEnv(text, (file) => readVariables({ LDAP_URL: 'ldaps://from-shell.example.com' }, file));
    expect(variables).toEqual({ LDAP_URL: 'ldaps://from-shell.example.com', LDAP_BASE_DN: 'dc=example,dc=com' });
  });

  test('are unset when they are empty', () => {
    expect(withDotEnv('LDAP_TLS_CA=\n', (file) => readVariables({ LDAP_URL: '' }, file))).toEqual({});
  });

  test('need no .env', () => {
    expect(readVariables({ LDAP_URL: 'ldaps://directory.example.com' }, '/no/such/folder/.env')).toEqual({
      LDAP_URL: 'ldaps://directory.example.com',
    });
  });

  test('are handed to the service if they are its own, misspelt ones included, and those of the test command are not', () => {
    const variables = {
      LDAP_ULR: 'a',
      Ldap_Url: 'b',
      AUTH_DISCLOSURE: 'uniform',
      LOG_LEVEL: 'DEBUG',
      LDAP_AUTH_INSTALL: '1',
      PATH: '/bin',
    };
    expect(serviceVariables(variables)).toEqual({ LDAP_ULR: 'a', Ldap_Url: 'b', AUTH_DISCLOSURE: 'uniform', LOG_LEVEL: 'DEBUG' });
    expect(otherVariables(variables)).toEqual({ PATH: '/bin' });
  });
});

test('.env.example has every variable of the service, and the port', () => {
  const example = parseEnv(readFileSync(path.resolve(import.meta.dirname, '../../.env.example'), 'utf8'));
  expect(Object.keys(example).toSorted()).toEqual([...Object.keys(VARIABLES), 'PORT'].toSorted());
});
