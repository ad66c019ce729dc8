import LdapAuth from 'ldapauth-fork';

/** A client for each login, closed before the verdict is told: two connections, both open before the first request. */
export function makeCandidate(setting) {
  return {
    prepare: (login) => () =>
      new Promise((resolve) => {
        const client = new LdapAuth(optionsFor(setting));
        client.on('error', () => resolve(false));
        client.authenticate(login.username, login.password, (error) => {
          client.close(() => resolve(!error));
        });
      }),
  };
}

export function optionsFor(setting) {
  return {
    url: setting.url,
    bindDN: setting.bindDn,
    bindCredentials: setting.bindPassword,
    searchBase: setting.base,
    searchFilter: '(uid={{username}})',
    searchAttributes: ['uid'],
    ...(setting.transport === 'ldaps' ? { tlsOptions: { ca: setting.ca } } : {}),
  };
}
