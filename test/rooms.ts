/** One room of the house: who may be imported by it, and why. */
export type Room = {
  /** A folder or a file; of several that hold a file, the innermost counts. */
  readonly room: string;
  /** Rooms of ours, beside itself; an inner room is one of its own. */
  readonly ours: readonly string[];
  /** Packages; `node:*` is all of Node's. */
  readonly packages: readonly string[];
  /** Rooms and packages whose types alone are imported: nothing of them is left at run time. */
  readonly types?: readonly string[];
  readonly because: string;
};

/** Who may import what. A new room is a row. docs/architecture.md shows the same rooms. */
export const ROOMS: readonly Room[] = [
  {
    room: 'src/core',
    ours: [],
    packages: ['node:util'],
    because: 'it is the vocabulary of all the others; node:util for inspect.custom alone: a secret must not print itself',
  },
  {
    room: 'src/config/given-file.ts',
    ours: [],
    packages: ['node:fs', 'node:path'],
    because: 'a setting may name a file of the zip: one place looks for it',
  },
  {
    room: 'src/config',
    ours: ['src/core', 'src/config/given-file.ts'],
    packages: [],
    because: 'it turns variables into a configuration or problems, and asks nobody',
  },
  {
    room: 'src/http',
    ours: ['src/core'],
    packages: ['node:buffer'],
    types: ['aws-lambda'],
    because: 'it is pure: events and outcomes in, requests and responses out; node:buffer tells UTF-8',
  },
  {
    room: 'src/ldap',
    ours: ['src/core', 'src/config/given-file.ts'],
    packages: ['node:buffer', 'node:crypto', 'node:dns', 'node:net', 'node:tls', 'ldapts'],
    types: ['src/config', 'src/secrets'],
    because: 'it is bytes, sockets and TLS, and knows no user',
  },
  {
    room: 'src/directory',
    ours: ['src/core', 'src/config', 'src/ldap', 'src/directory/names', 'src/directory/service', 'src/directory/groups'],
    packages: ['node:buffer'],
    types: ['src/gate'],
    because: 'it is the story of a login, over the wire of src/ldap',
  },
  {
    room: 'src/directory/names',
    ours: ['src/core'],
    packages: ['node:buffer', 'ldapts'],
    because: 'it is pure: filters, DNs, login names, identifiers, times',
  },
  {
    room: 'src/directory/service',
    ours: ['src/core', 'src/ldap', 'src/directory', 'src/directory/names'],
    packages: [],
    types: ['src/config', 'src/secrets'],
    because: 'it is the service account: its password, its bind, the proof that it can see',
  },
  {
    room: 'src/directory/groups',
    ours: ['src/core', 'src/ldap', 'src/directory', 'src/directory/names', 'src/directory/service'],
    packages: ['ldapts'],
    because: 'it answers in, out or unknown',
  },
  {
    room: 'src/observe',
    ours: ['src/core'],
    packages: [],
    types: ['src/config'],
    because: 'it writes down what happened and decides nothing',
  },
  { room: 'src/secrets', ours: ['src/core'], packages: [], because: 'it remembers stored values; who fetches them is given to it' },
  {
    room: 'src/secrets/aws.ts',
    ours: [],
    packages: ['@aws-sdk/*'],
    types: ['src/core'],
    because: 'it is bundled by itself and imported only when needed: a value of ours in it would be in two bundles',
  },
  {
    room: 'src/gate',
    ours: ['src/core', 'src/directory', 'src/directory/names', 'src/gate/aws.ts'],
    packages: ['node:crypto'],
    types: ['src/config', 'src/ldap'],
    because: 'it decides whether one more bind may be sent, and knows nothing of how it is sent',
  },
  {
    room: 'src/gate/aws.ts',
    ours: [],
    packages: ['@aws-sdk/client-dynamodb'],
    types: ['src/core', 'src/gate'],
    because: 'it is bundled by itself and imported only where AUTH_GATE_TABLE is set: a value of ours in it would be in two bundles',
  },
  {
    room: 'src/wiring.ts',
    ours: [
      ...['src/core', 'src/config', 'src/ldap', 'src/directory', 'src/directory/names'],
      ...['src/directory/service', 'src/observe', 'src/secrets', 'src/secrets/aws.ts', 'src/gate'],
    ],
    packages: [],
    because: 'it is the one place that turns settings into dependencies',
  },
  {
    room: 'src/handlers',
    ours: ['src/core', 'src/http', 'src/observe', 'src/wiring.ts', 'src/doctor'],
    packages: ['@middy/*'],
    types: ['aws-lambda'],
    because: 'they are the Lambda entries, the only importers of middy',
  },
  {
    room: 'src/doctor',
    ours: [
      ...['src/core', 'src/config', 'src/ldap', 'src/directory', 'src/directory/names'],
      ...['src/directory/service', 'src/directory/groups', 'src/gate', 'src/gate/aws.ts', 'src/wiring.ts'],
    ],
    packages: ['node:*'],
    because: 'it looks from inside at what a login uses',
  },
  {
    room: 'tools',
    ours: ['src/core', 'src/config', 'src/http', 'src/directory', 'src/doctor', 'src/handlers', 'src/wiring.ts', 'stack'],
    packages: ['node:*', 'ldapts', '@peculiar/x509', 'prettier'],
    because: 'it is never deployed, and nothing that is deployed imports it',
  },
];

/** Packages and names of theirs whose values belong to few files of what is deployed. Types may be named elsewhere. */
export const CONFINED: readonly {
  readonly what: string;
  readonly names?: RegExp;
  readonly to: readonly string[];
  readonly because: string;
}[] = [
  { what: 'node:net', names: /^(?!isIP$)/, to: ['src/ldap/'], because: 'one room dials' },
  {
    what: 'node:tls',
    to: ['src/ldap/', 'src/doctor/peer-certificate.ts'],
    because: 'one room shakes hands; the doctor looks at a certificate that was refused',
  },
  { what: 'node:dns', to: ['src/ldap/addresses.ts', 'src/ldap/discovery.ts'], because: 'one place looks hosts up, one looks servers up' },
  { what: 'node:http', to: [], because: 'it loads undici, 24 ms of every cold start' },
  {
    what: 'ldapts',
    names: /^Client$/,
    to: [],
    because: 'it reconnects silently and anonymously, and sends a bind in clear after a failed StartTLS',
  },
  {
    what: 'ldapts',
    names: /Request$|^Control$|^BerWriter$|^ProtocolOperation$/,
    to: ['src/ldap/requests.ts'],
    because: 'what goes to a server is written in one place',
  },
  {
    what: 'ldapts',
    names: /Filter$/,
    to: ['src/directory/names/'],
    because: 'filters are made of objects, never of text',
  },
  {
    what: 'ldapts',
    names: /^(?!.*(?:Filter|Request)$)(?!Control$|Client$|BerWriter$|ProtocolOperation$)/,
    to: [],
    because: 'its readers believe what they should not: see src/ldap/message.ts',
  },
];
