/**
 * Attributes that hold passwords, hashes, keys or the seeds of one-time passwords, of all the directories whose schemas we
 * know, in lower case. They are never asked for, so they can never be returned.
 */
const PASSWORD_ATTRIBUTES: ReadonlySet<string> = new Set(
  `
  userpassword authpassword unicodepwd dbcspwd lmpwdhistory ntpwdhistory supplementalcredentials pwdhistory passwordhistory
  ipanthash ipanttrustauthincoming ipanttrustauthoutgoing ipatokenotpkey ipaprivatekey ipasecretkey ipawrappingkey ipasshprivkey
  sambapasswordhistory sambatrustauthincoming sambatrustauthoutgoing
  krbprincipalkey krbextradata krbpwdhistory krbmkey krb5key krbsecretkey
  msds-groupmsamembership msds-keycredentiallink msds-keymaterial msds-issuercertificates mskds-rootkeydata mskds-provrootkey
  msfve-keypackage mstpm-ownerinformation mstpm-ownerinformationtemp msexchumpinchecksum peklist trustauthincoming trustauthoutgoing
  initialauthincoming initialauthoutgoing currentvalue priorvalue
  nsslapd-rootpw olcrootpw rootpw olcsyncrepl olcdbidassertbind dnaremotebindcred nssymmetrickey sasloginsecretkey nspmpasswordkey
  `
    .trim()
    .split(/\s+/),
);

/** Families, and what such attributes are called by vendors whose schemas we do not know. */
const PASSWORD_FAMILIES: readonly RegExp[] = [
  /^mspki/, // credential roaming: private keys
  /^mslaps-(?!passwordexpirationtime$)/,
  /^ms-mcs-admpwd(?!expirationtime$)/,
  /^msds-managedpassword/,
  /^ibm-slapd.*pw$/,
  /(?:password|passwd|passphrase|pwd|secret|credentials?|privatekey|pkcs12)$/,
];

/** The same by their numbers, as far as directories let somebody in who is called by a number. */
const PASSWORD_OIDS: ReadonlySet<string> = new Set([
  '2.5.4.35', // userPassword
  '1.3.6.1.4.1.4203.1.3.4', // authPassword
  '1.2.840.113556.1.4.90', // unicodePwd
  '1.2.840.113556.1.4.55', // dBCSPwd
  '1.2.840.113556.1.4.94', // ntPwdHistory
  '1.2.840.113556.1.4.160', // lmPwdHistory
  '1.2.840.113556.1.4.125', // supplementalCredentials
  '1.2.840.113556.1.4.1910', // unixUserPassword
  '1.2.840.113556.1.4.2196', // msDS-ManagedPassword
  '1.2.840.113556.1.4.1964', // msFVE-RecoveryPassword
  '1.3.6.1.4.1.7165.2.1.24', // sambaLMPassword
  '1.3.6.1.4.1.7165.2.1.25', // sambaNTPassword
  '1.3.6.1.4.1.42.2.27.8.1.20', // pwdHistory
  '2.16.840.1.113719.1.301.4.39.1', // krbPrincipalKey
  '2.16.840.1.113730.3.1.216', // userPKCS12
]);

/** Whether an attribute description (RFC 4512, 2.5), options included, is of one of them. */
export function holdsPassword(description: string): boolean {
  const name = description
    .trim()
    .toLowerCase()
    .replace(/;.*/s, '')
    .replace(/^oid\./, '');
  return PASSWORD_ATTRIBUTES.has(name) || PASSWORD_OIDS.has(name) || PASSWORD_FAMILIES.some((family) => family.test(name));
}
