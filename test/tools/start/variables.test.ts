import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';

import { SETTINGS } from '../../../src/config/settings.ts';
import { chooseDirectory, cutValues, otherVariables, readVariables, serviceVariables } from '../../../tools/start/variables.ts';

function withDotEnv<T>(text: string, use: (file: string) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), 'settings-'));
  try {
    writeFileSync(path.join(folder, '.env'), text);
    return use(path.join(folder, '.env'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

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

describe('a value that would be cut', () => {
  const text = 'LDAP_BIND_PASSWORD=Svc#Secret\nNODE_ENV=a#b\n';

  test('is told by variable and line, if it is a setting of the service', () => {
    const told = withDotEnv(text, (file) => cutValues({}, file));
    expect(told).toEqual([expect.stringMatching(/\.env, line 1: LDAP_BIND_PASSWORD would end at its #\./)]);
    expect(told.join('')).not.toMatch(/Svc|Secret/);
  });

  test('is no matter where the shell has another one, or where there is no file', () => {
    expect(withDotEnv(text, (file) => cutValues({ LDAP_BIND_PASSWORD: 'x' }, file))).toEqual([]);
    expect(cutValues({}, '/no/such/folder/.env')).toEqual([]);
  });
});

describe('the directory that is meant', () => {
  test.each([
    ['', {}, 'demo', /sets no LDAP_\* variable$/],
    ['LOG_LEVEL=DEBUG\n', {}, 'demo', /sets no LDAP_\* variable$/],
    ['LDAP_RETURN_GROUPS=true\n', {}, 'demo', /^LDAP_URL is not set$/],
    ['LDAP_URL=ldaps://dc1.example.com\n', {}, 'own', /^LDAP_URL is set in .*\.env$/],
    ['LDAP_BASE_DN=dc=x\n', {}, 'own', /^LDAP_BASE_DN is set in /],
    ['', { LDAP_URL: 'ldaps://dc1.example.com' }, 'own', /^LDAP_URL is set$/],
  ] as const)('with .env %j and %j: %s', (text, environment, directory, because) => {
    expect(withDotEnv(text, (file) => chooseDirectory(environment, file))).toEqual({ directory, because: expect.stringMatching(because) });
  });

  test('without .env and without variables is the demo directory', () => {
    expect(chooseDirectory({}, '/no/such/folder/.env')).toEqual({
      directory: 'demo',
      because: 'LDAP_URL is not set, and there is no .env',
    });
  });
});

test('.env.example has every variable of the service, and the port', () => {
  const example = parseEnv(readFileSync(path.resolve(import.meta.dirname, '../../../.env.example'), 'utf8'));
  expect(Object.keys(example).toSorted()).toEqual([...Object.keys(SETTINGS), 'PORT'].toSorted());
});
