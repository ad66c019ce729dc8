/**
 * Attributes that hold passwords, hashes or keys, of all the directories whose schemas we know, in lower case. They are
 * never asked for, so they can never be returned.
 */
const PASSWORD_ATTRIBUTES: ReadonlySet<string> = new Set(
  `
  userpassword authpassword unicodepwd dbcspwd lmpwdhistory ntpwdhistory supplementalcredentials pwdhistory passwordhistory
  sambantpassword sambalmpassword sambapasswordhistory krbprincipalkey krbextradata krbpwdhistory krbmkey ipanthash ms-mcs-admpwd
  mslaps-password mslaps-encryptedpassword mslaps-encryptedpasswordhistory msds-managedpassword msds-groupmsamembership
  clearpassword userpkcs12 unixuserpassword oathsecret mssfu30password sambacleartextpassword sambapreviouscleartextpassword msds-keycredentiallink nsroledn-password nsslapd-rootpw olcrootpw orclpassword
  orclpasswordverifier ibm-slapdadminpw ipatokenotpkey ipasshprivkey userprivatekey trustauthincoming trustauthoutgoing
  initialauthincoming initialauthoutgoing currentvalue priorvalue pwd password
  `
    .trim()
    .split(/\s+/),
);

/** Whether an attribute description (RFC 4512, 2.5), options included, is of one of them. */
export const holdsPassword = (description: string): boolean => PASSWORD_ATTRIBUTES.has(description.toLowerCase().replace(/;.*/, ''));
