import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import { Client, EqualityFilter } from 'ldapts';

const { LDAP_URL: url = 'ldaps://directory.example.com', LDAP_TLS_CA: ca = '' } = process.env;
const { LDAP_BIND_DN: bindDn = '', LDAP_BIND_PASSWORD: bindPassword = '', LDAP_BASE_DN: base = '' } = process.env;

type LoginEvent = { readonly body: { readonly username: string; readonly password: string } };

/**
 * The libraries alone, wired together in the shortest way that answers a login: what any service built on them pays before
 * its first line of defence. It takes a fault for a wrong password, has no deadline, and must never be deployed.
 */
export const handler = middy<LoginEvent>()
  .use(httpJsonBodyParser())
  .handler(async ({ body: { username, password } }) => {
    const client = new Client({ url, ...(url.startsWith('ldaps:') ? { tlsOptions: { ca } } : {}) });
    try {
      await client.bind(bindDn, bindPassword);
      const filter = new EqualityFilter({ attribute: 'uid', value: username });
      const { searchEntries } = await client.search(base, { filter, attributes: ['uid'], sizeLimit: 2 });
      await client.bind(searchEntries[0]?.dn ?? '', password);
      return { statusCode: 200, body: JSON.stringify({ status: 0, message: 'auth ok' }) };
    } catch {
      return { statusCode: 401, body: JSON.stringify({ status: 2, message: 'invalid password' }) };
    } finally {
      await client.unbind();
    }
  });
