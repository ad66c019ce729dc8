import { describe, expect, test } from '@jest/globals';

import { holdsPassword } from '../../src/core/password-attributes.ts';

describe('an attribute that holds a password, a hash or a key', () => {
  test.each([
    'userPassword', // RFC 4519
    'authPassword', // RFC 3112
    'unicodePwd', // Active Directory
    'dBCSPwd',
    'supplementalCredentials',
    'ntPwdHistory',
    'lmPwdHistory',
    'ms-Mcs-AdmPwd', // LAPS
    'msLAPS-Password',
    'msLAPS-EncryptedPassword',
    'msDS-ManagedPassword', // group managed service accounts
    'unixUserPassword',
    'sambaNTPassword', // Samba 3 in OpenLDAP
    'sambaLMPassword',
    'pwdHistory', // ppolicy
    'passwordHistory', // 389DS
    'krbPrincipalKey', // MIT Kerberos, FreeIPA
    'ipaNTHash',
    'olcRootPW',
    'nsslapd-rootpw',
  ])('%s, in any case, with any options', (name) => {
    for (const spelled of [name, name.toLowerCase(), name.toUpperCase(), `${name};binary`, `${name.toUpperCase()};lang-de;x-y`]) {
      expect(holdsPassword(spelled)).toBe(true);
    }
  });

  test.each(['uid', 'mail', 'pwdLastSet', 'userPasswordHint', 'xuserPassword', 'shadowLastChange', '', 'mail;userPassword'])(
    '%j is none',
    (name) => {
      expect(holdsPassword(name)).toBe(false);
    },
  );
});
