import type { Socket } from 'node:net';

import ldap, { type Handler, type Server, type Values } from 'ldapjs';

import { Authority, type Issued } from '../../../tools/demo-directory/certificates.ts';
import type { Credentials, DirectoryEntry, StartedDirectory } from './server.ts';

const BASE = 'dc=example,dc=org';
const SERVER_NAME = 'ldapjs.example.org';
const HOST = '127.0.0.1';
const SERVICE: Credentials = { dn: `cn=ldap-auth,ou=services,${BASE}`, password: 'service-P@ssw0rd' };

/**
 * A program that lets ldapjs speak LDAP for it, as its documentation shows: entries in an object, a handler for binds and one
 * for searches. Names are compared letter by letter, and an operation that has no handler is refused.
 */
export async function startLdapjs(entries: readonly DirectoryEntry[]): Promise<StartedDirectory> {
  const authority = await Authority.create('Throwaway test authority');
  const issued = await authority.issue({ commonName: SERVER_NAME, dnsNames: [SERVER_NAME], ipAddresses: [HOST] });
  const people = new Map([...ROOT_ENTRIES, ...entries].map(({ dn, attributes }) => [ldap.parseDN(dn).toString(), textOf(attributes)]));
  const [plain, secure] = [await serve(people), await serve(people, issued)];
  return {
    name: 'ldapjs',
    url: plain.url,
    secureUrl: secure.url,
    ca: authority.pem,
    serverName: SERVER_NAME,
    environment: {
      LDAP_URL: secure.url,
      LDAP_TLS_CA: authority.pem,
      LDAP_PASSWORD_POLICY: 'false', // it hangs up at a control without a value
      LDAP_BIND_DN: SERVICE.dn,
      LDAP_BIND_PASSWORD: SERVICE.password,
      LDAP_BASE_DN: BASE,
      LDAP_USER_FILTER: '(&(objectClass=inetOrgPerson)(uid={username}))', // it knows no superior classes
    },
    administrator: SERVICE,
    stop: async () => {
      await Promise.all([plain.close(), secure.close()]);
    },
  };
}

type People = ReadonlyMap<string, Values>;

function textOf(attributes: DirectoryEntry['attributes']): Values {
  return Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, values.map(String)]));
}

type Listening = { readonly url: string; readonly close: () => Promise<void> };

async function serve(people: People, issued?: Issued): Promise<Listening> {
  const server: Server = ldap.createServer(issued === undefined ? undefined : { certificate: issued.cert, key: issued.key });
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket) => {
    socket.setNoDelay(true); // it writes an entry and the result one after the other, and each login would wait 40 ms
    sockets.add(socket.on('close', () => sockets.delete(socket)));
  });
  server.on('error', () => undefined); // what it cannot parse; without a listener it would end the process
  server.bind(BASE, answerBind(people));
  server.search(BASE, answerSearch(people));
  await new Promise<void>((resolve) => {
    server.listen(0, HOST, resolve);
  });
  return {
    url: server.url,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function answerBind(people: People): Handler {
  return ({ dn, credentials }, response, next) => {
    const passwords = people.get(dn.toString())?.['userPassword'];
    if (passwords === undefined) {
      next(new ldap.NoSuchObjectError(dn.toString()));
    } else if (passwords.includes(credentials)) {
      response.end();
      next();
    } else next(new ldap.InvalidCredentialsError());
  };
}

function answerSearch(people: People): Handler {
  return ({ dn, scopeName: scope, filter }, response, next) => {
    const base = dn.toString();
    if (!people.has(base)) {
      next(new ldap.NoSuchObjectError(base));
      return;
    }
    const isAsked = {
      base: (name: string) => name === base,
      single: (name: string) => ldap.parseDN(name).parent()?.equals(base) === true,
      subtree: (name: string) => name === base || dn.parentOf(name),
    }[scope];
    for (const [name, { userPassword: _, ...attributes }] of people) {
      if (isAsked(name) && filter.matches(attributes)) response.send({ dn: name, attributes });
    }
    response.end();
    next();
  };
}

const ROOT_ENTRIES: readonly DirectoryEntry[] = [
  { dn: BASE, attributes: { objectClass: ['domain'], dc: ['example'] } },
  { dn: `ou=services,${BASE}`, attributes: { objectClass: ['organizationalUnit'], ou: ['services'] } },
  {
    dn: SERVICE.dn,
    attributes: { objectClass: ['organizationalRole'], cn: ['ldap-auth'], userPassword: [SERVICE.password] },
  },
];
