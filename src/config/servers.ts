import type { EnvironmentReader } from './environment.ts';

/** How the connection to a server is protected before anything but StartTLS is sent. */
export type Transport = 'tls' | 'starttls' | 'plain';

export type Server = {
  /** `scheme://host:port`, for logs. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly transport: Transport;
  /** What the certificate must bear where DNS told the host; undefined: the host. */
  readonly tlsName?: string;
};

/** Servers that DNS tells: SRV records (RFC 2782) of a domain, or of a name that begins with `_`, in small letters. */
export type Discovery = { readonly name: string; readonly transport: Transport };

export type Servers = { readonly servers: readonly Server[]; readonly discovery: Discovery | undefined };

/** The servers that LDAP_URL names, in order, or where DNS tells them. */
export function readServers(reader: EnvironmentReader): Servers {
  const text = reader.read('LDAP_URL') ?? '';
  const ldapTransport = reader.read('LDAP_STARTTLS') ? 'starttls' : 'plain';
  const allowPlaintext = reader.read('LDAP_ALLOW_PLAINTEXT');
  const discovery = parseDiscovery(text.trim(), ldapTransport);
  const urls = discovery ? [] : text.split(/[\s,]+/).filter((url) => url !== '');
  const servers = urls.map((url) => parseServer(url, ldapTransport)).filter((server) => server !== undefined);
  const told = [...servers, ...(discovery ? [discovery] : [])];
  if (told.length === 0 || servers.length < urls.length) {
    reader.refuse(
      'LDAP_URL',
      'one or more URLs like ldaps://host or ldap://host:389, separated by spaces or commas, without path or credentials; or ldaps+srv://domain',
    );
  }
  const isPlain = told.map(({ transport }) => transport === 'plain');
  if (new Set(isPlain).size > 1) {
    reader.refuse('LDAP_URL', 'no ldap:// in clear text beside ldaps://: who can disturb the TLS connection would be sent the passwords');
  }
  if (!allowPlaintext && isPlain.includes(true)) {
    reader.refuse('LDAP_ALLOW_PLAINTEXT', 'true, if ldap:// without LDAP_STARTTLS is really meant: it sends passwords in clear text');
  }
  return { servers, discovery };
}

const DEFAULT_PORT = { 'ldaps:': 636, 'ldap:': 389 } as const;

function parseServer(text: string, ldapTransport: 'starttls' | 'plain'): Server | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'ldap:' && url.protocol !== 'ldaps:')) return undefined;
  const extras = url.username + url.password + url.search + url.hash + url.pathname.replace(/^\/$/, '');
  if (extras !== '' || url.hostname === '' || url.hostname.includes('%') || url.port === '0') return undefined;
  const port = url.port === '' ? DEFAULT_PORT[url.protocol] : Number(url.port);
  const host = url.hostname.toLowerCase();
  return {
    name: `${url.protocol}//${host}:${String(port)}`,
    host: host.replace(/^\[(.*)\]$/, '$1'), // IPv6 without its brackets
    port,
    transport: url.protocol === 'ldaps:' ? 'tls' : ldapTransport,
  };
}

/** `ldaps+srv://corp.example.com`, or a name of records as it is: `ldaps+srv://_ldap._tcp.Berlin._sites.corp.example.com`. */
function parseDiscovery(text: string, ldapTransport: 'starttls' | 'plain'): Discovery | undefined {
  const [, secure, name] = /^ldap(s?)\+srv:\/\/((?:[\w-]+\.)*[a-z\d-]*[a-z][a-z\d-]*)\/?$/.exec(text.toLowerCase()) ?? [];
  return name === undefined ? undefined : { name, transport: secure ? 'tls' : ldapTransport };
}
