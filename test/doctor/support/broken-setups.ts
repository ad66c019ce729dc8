import type { StartedDirectory } from '../../support/servers/server.ts';
import type { Settings } from '../../support/demo.ts';

/** A directory with what the rows need, and whoever is in it. */
export type Place = {
  readonly directory: StartedDirectory;
  /** Somebody who can log in. */
  readonly user: string;
  /** `uid`, or `sAMAccountName`. */
  readonly loginAttribute: string;
  /** Two people whom a filter too wide finds together. */
  readonly two: readonly [string, string];
  /** A locked account, to be the service account. */
  readonly locked: { readonly dn: string; readonly password: string };
  /** A group that the user is in. */
  readonly group: string;
  /** A place with people in it, the user not among them. */
  readonly otherBase: string;
  /** A filter that finds people by a name that nobody types. */
  readonly otherFilter: string;
  /** PEM of an authority that signed nothing here. */
  readonly stranger: string;
  /** A port that takes connections and never says a word. */
  readonly silentPort: number;
};

export type BrokenSetup = {
  readonly name: string;
  readonly change: (place: Place) => Settings;
  readonly user?: string;
  /** The only row that fails. */
  readonly fails: string;
  /** What its hint begins with. */
  readonly variable: string;
  readonly cause: RegExp;
};

function port(url: string): string {
  return new URL(url.replace(/^ldaps?/, 'http')).port;
}
function host(url: string): string {
  return new URL(url.replace(/^ldaps?/, 'http')).hostname;
}

/** The same for every directory: what is set wrongly, which row fails, and which variable it names. */
export const BROKEN_SETUPS: readonly BrokenSetup[] = [
  {
    name: 'wrong port',
    change: ({ directory }) => ({ LDAP_URL: `ldaps://${host(directory.secureUrl)}:1` }),
    ...{ fails: 'tcp', variable: 'LDAP_URL', cause: /port 1: nothing listens there/ },
  },
  {
    name: 'no such host',
    change: () => ({ LDAP_URL: 'ldaps://directory.invalid' }),
    ...{ fails: 'dns', variable: 'LDAP_URL', cause: /"directory\.invalid"/ }, // "no host", or no name server at all
  },
  {
    name: 'plain to a TLS port',
    change: ({ directory }) => ({
      LDAP_URL: `ldap://${host(directory.secureUrl)}:${port(directory.secureUrl)}`,
      LDAP_ALLOW_PLAINTEXT: 'true',
      LDAP_DEADLINE_MS: '3000', // 389DS waits, without a word
    }),
    ...{ fails: 'bind', variable: 'LDAP_URL', cause: /speaks TLS from its first byte; write ldaps:/ },
  },
  {
    name: 'StartTLS to a TLS port',
    change: ({ directory }) => ({
      LDAP_URL: `ldap://${host(directory.secureUrl)}:${port(directory.secureUrl)}`,
      LDAP_STARTTLS: 'true',
      LDAP_CONNECT_TIMEOUT_MS: '1500',
    }),
    ...{ fails: 'tls', variable: 'LDAP_URL', cause: /speaks TLS from its first byte; .* unset LDAP_STARTTLS/ },
  },
  {
    name: 'TLS to a plain port',
    change: ({ directory }) => ({ LDAP_URL: `ldaps://${host(directory.url)}:${port(directory.url)}` }),
    ...{ fails: 'tls', variable: 'LDAP_URL', cause: /speaks LDAP without TLS; .*LDAP_STARTTLS=true/ },
  },
  {
    name: 'unknown authority',
    change: ({ stranger }) => ({ LDAP_TLS_CA: stranger }),
    ...{ fails: 'tls', variable: 'LDAP_TLS_CA', cause: /signed by "Throwaway test authority", which LDAP_TLS_CA does not hold/ },
  },
  {
    name: 'unknown authority, StartTLS',
    change: ({ stranger, directory }) => ({ LDAP_TLS_CA: stranger, LDAP_URL: directory.url, LDAP_STARTTLS: 'true' }),
    ...{ fails: 'tls', variable: 'LDAP_TLS_CA', cause: /signed by "Throwaway test authority", which LDAP_TLS_CA does not hold/ },
  },
  {
    name: 'no authority',
    change: () => ({ LDAP_TLS_CA: '' }),
    ...{ fails: 'tls', variable: 'LDAP_TLS_CA', cause: /signed by "Throwaway test authority", which the system's roots do not hold/ },
  },
  {
    name: 'wrong name',
    change: () => ({ LDAP_TLS_SERVERNAME: 'other.example.org' }),
    ...{ fails: 'tls', variable: 'LDAP_TLS_SERVERNAME', cause: /is for "[^"]+", "[^"]+", not for "other\.example\.org"/ },
  },
  {
    name: 'wrong bind password',
    change: () => ({ LDAP_BIND_PASSWORD: 'not-the-password' }),
    ...{ fails: 'bind', variable: 'LDAP_BIND_PASSWORD', cause: /wrong password/ },
  },
  {
    name: 'locked service account',
    change: ({ locked }) => ({ LDAP_BIND_DN: locked.dn, LDAP_BIND_PASSWORD: locked.password }),
    ...{ fails: 'bind', variable: 'LDAP_BIND_DN', cause: /is locked/ },
  },
  {
    name: 'wrong base',
    change: () => ({ LDAP_BASE_DN: 'dc=nowhere,dc=invalid' }),
    ...{ fails: 'base', variable: 'LDAP_BASE_DN', cause: /holds no such tree; set LDAP_BASE_DN=dc=/i },
  },
  {
    name: 'a base that is not there, in a tree that is',
    change: ({ directory }) => ({ LDAP_BASE_DN: `ou=nowhere,${directory.environment['LDAP_BASE_DN'] ?? ''}` }),
    ...{
      fails: 'base',
      variable: 'LDAP_BASE_DN',
      cause: /there is no such entry, or it is hidden from LDAP_BIND_DN \(noSuchObject \(32\)\); set LDAP_BASE_DN=dc=/i,
    },
  },
  {
    name: 'a base that is not a DN',
    change: () => ({ LDAP_BASE_DN: 'corp.example.com' }),
    // The row root-dse prints what to set: see 'nothing but a URL and an authority'.
    ...{
      fails: 'configuration',
      variable: 'LDAP_BASE_DN',
      cause: /"corp\.example\.com" is a domain name, not a DN; as a DN it is dc=corp,dc=/i,
    },
  },
  {
    name: 'a bind name of no form that a directory knows',
    change: () => ({ LDAP_BIND_DN: 'svc-auth' }),
    ...{
      fails: 'bind',
      variable: 'LDAP_BIND_DN',
      cause:
        /^LDAP_BIND_DN: "svc-auth" is (?:not a DN\n.* set LDAP_BIND_DN to the whole DN of the account, like cn=svc-auth,ou=services,dc=example,dc=org \(ask the owners of the directory\)|neither a DN nor .*\n.* set LDAP_BIND_DN=svc-auth@corp\.example\.test)$/,
    },
  },
  {
    name: 'clear text',
    change: ({ directory }) => ({ LDAP_URL: directory.url }),
    ...{
      fails: 'configuration',
      variable: 'LDAP_URL',
      cause: /Try first LDAP_URL=ldaps:\/\/[\d.]+ .*, put LDAP_URL back and set LDAP_STARTTLS=true\. Do not/,
    },
  },
  {
    name: 'a user outside of the base',
    change: ({ otherBase }) => ({ LDAP_BASE_DN: otherBase }),
    ...{ fails: 'user', variable: 'LDAP_BASE_DN', cause: /".*=.*" has this name, but is not below this base; set LDAP_BASE_DN=dc=\S+$/i },
  },
  {
    name: 'a filter that compares another attribute',
    change: ({ otherFilter }) => ({ LDAP_USER_FILTER: otherFilter }),
    ...{
      fails: 'user',
      variable: 'LDAP_USER_FILTER',
      cause: /".*=.*" has this name as its (\w+)\. The filter .* does not compare \1\. Set LDAP_USER_FILTER=\S+(?: or log in as ".*")?$/,
    },
  },
  {
    name: 'a filter that leaves the user out',
    change: ({ user, loginAttribute }) => ({ LDAP_USER_FILTER: `(&(${loginAttribute}={username})(!(${loginAttribute}=${user})))` }),
    ...{ fails: 'user', variable: 'LDAP_USER_FILTER', cause: /leaves it out; set LDAP_USER_FILTER=\(\w+=\{username\}\)/ },
  },
  {
    name: 'no such user',
    change: () => ({}),
    ...{
      user: 'nobody-of-that-name',
      fails: 'user',
      variable: '--user',
      cause:
        /no entry below ".*" \(LDAP_BASE_DN.*and nobody below .* has this account name, principal name or mail address.*; check the spelling/,
    },
  },
  {
    name: 'two matches',
    change: ({ loginAttribute, two: [one, other] }) => ({
      LDAP_USER_FILTER: `(|(${loginAttribute}=${one})(${loginAttribute}=${other})(${loginAttribute}={username}))`,
    }),
    ...{
      user: 'nobody-of-that-name',
      fails: 'user',
      variable: 'LDAP_USER_FILTER',
      cause: /two or more entries .*=.* and ".*=.*" among them/,
    },
  },
  {
    name: 'missing group',
    change: ({ directory }) => ({ LDAP_REQUIRED_GROUPS: JSON.stringify([`cn=missing,${directory.environment['LDAP_BASE_DN'] ?? ''}`]) }),
    ...{ fails: 'groups', variable: 'LDAP_REQUIRED_GROUPS', cause: /"cn=missing,.*" is not there/ },
  },
];

/** A server that stays silent costs seconds, and the directory takes no part: one directory's settings are enough. */
export const SILENT_SETUPS: readonly BrokenSetup[] = [
  {
    name: 'black hole, TLS',
    change: ({ silentPort }) => ({ LDAP_URL: `ldaps://127.0.0.1:${String(silentPort)}`, LDAP_CONNECT_TIMEOUT_MS: '1000' }),
    ...{ fails: 'tls', variable: 'LDAP_URL', cause: /takes connections and stays silent/ },
  },
  {
    name: 'black hole, StartTLS',
    change: ({ silentPort }) => ({
      LDAP_URL: `ldap://127.0.0.1:${String(silentPort)}`,
      LDAP_STARTTLS: 'true',
      LDAP_CONNECT_TIMEOUT_MS: '1000',
    }),
    ...{ fails: 'tls', variable: 'LDAP_STARTTLS', cause: /StartTLS failed on port \d+ \(no time left: starttls\)/ },
  },
  {
    name: 'black hole, plain',
    change: ({ silentPort }) => ({
      LDAP_URL: `ldap://127.0.0.1:${String(silentPort)}`,
      LDAP_ALLOW_PLAINTEXT: 'true',
      LDAP_CONNECT_TIMEOUT_MS: '1000',
      LDAP_DEADLINE_MS: '2500',
    }),
    ...{ fails: 'bind', variable: 'LDAP_URL', cause: /does not answer a bind/ },
  },
];
