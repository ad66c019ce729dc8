// The program that this service comes from (YYGCui, 2017), mended to start with Express 5 and ldapjs 3: see
// test/faults/original/server.mjs, which keeps it as it was written. Here it also closes its connections, which it never did:
// after a few hundred logins the directory would have no descriptors left to measure anything with.
import assert from 'node:assert';

import express from 'express';
import ldap from 'ldapjs';

const { LDAP_URL: url, LDAP_TLS_CA: ca, LDAP_BIND_DN: bindDn, LDAP_BIND_PASSWORD: bindPassword, LDAP_BASE_DN: base } = process.env;
const clientOptions = { url, ...(url?.startsWith('ldaps:') ? { tlsOptions: { ca } } : {}) };

const app = express();
app.use(express.json());

app.post('/auth', (req, res) => {
  const user = { username: req.body.username, password: req.body.password, dn: '' };
  const opts = { scope: 'sub', attributes: ['uid'], filter: new ldap.EqualityFilter({ attribute: 'uid', value: user.username }) };
  const adminClient = ldap.createClient(clientOptions);
  adminClient.bind(bindDn, bindPassword, (bindError) => {
    assert.ifError(bindError);

    adminClient.search(base, opts, (_searchError, search) => {
      search.on('searchEntry', (entry) => {
        user.dn = entry.objectName.toString();
        const userClient = ldap.createClient(clientOptions);
        userClient.bind(user.dn, user.password, (error) => {
          res.json(error ? { status: 2, message: 'invalid password' } : { status: 0, message: 'auth ok' });
          userClient.unbind();
          adminClient.unbind();
        });
      });

      search.on('end', () => {
        if (user.dn === '') res.json({ status: 1, message: 'invalid user' });
      });
    });
  });
});

/** Resolves to the port. */
export function listen() {
  return new Promise((resolve) => {
    const listener = app.listen(0, '127.0.0.1', () => resolve(listener.address().port));
  });
}
