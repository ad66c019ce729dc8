import { authenticate } from 'ldap-authentication';

/** As its README shows it: a connection for the service account and another one for the user, each login. */
export function makeCandidate(setting) {
  const ldapOpts = () => ({ url: setting.url, ...(setting.transport === 'ldaps' ? { tlsOptions: { ca: setting.ca } } : {}) });
  const options = ({ username, password, dn }) =>
    setting.mode === 'direct-bind'
      ? { ldapOpts: ldapOpts(), userDn: dn, userPassword: password }
      : {
          ldapOpts: ldapOpts(),
          adminDn: setting.bindDn,
          adminPassword: setting.bindPassword,
          userSearchBase: setting.base,
          usernameAttribute: 'uid',
          username,
          userPassword: password,
          attributes: ['uid'],
        };
  return {
    prepare: (login) => async () => {
      try {
        return Boolean(await authenticate(options(login)));
      } catch {
        return false;
      }
    },
  };
}
