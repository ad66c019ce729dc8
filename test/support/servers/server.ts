/** A directory that listens on loopback, and what it takes to ask it. */
export type StartedDirectory = {
  readonly name: string;
  /** `ldap://address:port`; StartTLS is offered. */
  readonly url: string;
  /** `ldaps://address:port`. */
  readonly secureUrl: string;
  /** PEM of the authority that signed the server's certificate; it bears the address and `serverName`. */
  readonly ca: string;
  /** A DNS name that the certificate bears too. */
  readonly serverName: string;
  /** LDAP_* variables by which the service reaches it: ldaps, search and bind. */
  readonly environment: Readonly<Record<string, string>>;
  /** Somebody who may read everything, counters included. */
  readonly administrator: Credentials;
  /** Kills it and removes everything it wrote. */
  readonly stop: () => Promise<void>;
};

export type Credentials = { readonly dn: string; readonly password: string };

/** The same shape as the embedded directory's entries. */
export type DirectoryEntry = {
  readonly dn: string;
  readonly attributes: Readonly<Record<string, readonly (string | Buffer)[]>>;
};
