import { describe, expect, test } from '@jest/globals';

import { holdsPassword } from '../../src/config/password-attributes.ts';

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
    ...['msLAPS-EncryptedPasswordHistory', 'msLAPS-EncryptedDSRMPassword', 'msLAPS-EncryptedDSRMPasswordHistory', 'ms-Mcs-AdmPwdHistory'],
    ...['msPKIAccountCredentials', 'msPKIDPAPIMasterKeys', 'msPKI-CredentialRoamingTokens', 'msPKIRoamingTimeStamp'],
    ...['msDS-ManagedPasswordId', 'msDS-ManagedPasswordPreviousId', 'msDS-ExecuteScriptPassword', 'msDS-KeyMaterial', 'msKds-RootKeyData'],
    ...['msFVE-RecoveryPassword', 'msFVE-KeyPackage', 'msTPM-OwnerInformation', 'linkTrackSecret', 'privateKey', 'pekList'],
    ...['trustAuthIncoming', 'trustAuthOutgoing', 'msSFU30Password', 'msExchUMPinChecksum', 'msDS-IssuerCertificates'],
    ...['krbPwdHistory', 'krbMKey', 'krbExtraData', 'krb5Key', 'krbSecretKey'],
    ...['ipaNTTrustAuthIncoming', 'ipaNTTrustAuthOutgoing', 'ipatokenOTPkey'],
    ...['ipatokenRadiusSecret', 'ipaIdpClientSecret', 'ipaPrivateKey'],
    ...['sambaClearTextPassword', 'sambaPasswordHistory', 'sambaTrustAuthIncoming', 'ntPassword', 'lmPassword'],
    ...['oathSecret', 'totpSecret', 'otpSecret', 'googleAuthenticatorSecret', 'olcSyncrepl', 'olcDbIDAssertBind', 'cirBindCredentials'],
    ...['nsDS5ReplicaCredentials', 'nsDS5ReplicaBootstrapCredentials'],
    ...['nsMultiplexorCredentials', 'netscapeReversiblePassword', 'nsSymmetricKey'],
    ...['nspmPassword', 'nspmDistributionPassword', 'sasLoginSecret'],
    ...['sasLoginSecretKey', 'orclPassword', 'orclRevPwd', 'ibm-slapdMasterPW'],
    ...['someVendorPassword', 'x-passwd', 'wifiPassphrase', 'apiSecret', 'userPKCS12', 'dnaRemoteBindCred'],
    ...['2.5.4.35', '1.3.6.1.4.1.4203.1.3.4', '1.2.840.113556.1.4.90', '1.2.840.113556.1.4.125', '1.2.840.113556.1.4.2196'],
    ...['1.3.6.1.4.1.7165.2.1.25', '2.16.840.1.113719.1.301.4.39.1', 'OID.2.5.4.35'],
  ])('%s, in any case, with any options', (name) => {
    for (const spelled of [
      name,
      name.toLowerCase(),
      name.toUpperCase(),
      `${name};binary`,
      ` ${name} `,
      `${name};range=0-9`,
      `${name.toUpperCase()};lang-de;x-y`,
    ]) {
      expect(holdsPassword(spelled)).toBe(true);
    }
  });

  test.each([
    ...['uid', 'mail', 'pwdLastSet', 'userPasswordHint', 'shadowLastChange'],
    ...['', 'mail;userPassword', 'badPwdCount', 'passwordExpirationTime'],
    ...['msLAPS-PasswordExpirationTime', 'ms-Mcs-AdmPwdExpirationTime'],
    ...['krbPrincipalName', 'krbPasswordExpiration', 'ipaNTSecurityIdentifier'],
    ...['ipaSshPubKey', 'sshPublicKey', 'secretary', 'userCertificate'],
    ...['pwdPolicySubentry', 'passwordRetryCount', 'sambaPwdLastSet', '2.5.4.3'],
  ])('%j is none', (name) => {
    expect(holdsPassword(name)).toBe(false);
  });
});
