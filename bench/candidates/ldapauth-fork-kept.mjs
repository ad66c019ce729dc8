import LdapAuth from 'ldapauth-fork';

import { optionsFor } from './ldapauth-fork.mjs';

/**
 * One client for all logins, its two connections kept open. The other design: no handshake for a login, and connections that
 * a directory closes when they are idle and a frozen Lambda does not notice. It is shown for orientation.
 */
export function makeCandidate(setting) {
  const client = new LdapAuth({ ...optionsFor(setting), reconnect: true });
  client.on('error', () => undefined);
  return {
    prepare: (login) => () =>
      new Promise((resolve) => {
        client.authenticate(login.username, login.password, (error) => resolve(!error));
      }),
  };
}
