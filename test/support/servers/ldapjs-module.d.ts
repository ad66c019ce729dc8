// As much of ldapjs 3.0 as the tests use: the package has no types of its own.
declare module 'ldapjs' {
  export type Dn = {
    readonly toString: () => string;
    readonly equals: (dn: string) => boolean;
    readonly parentOf: (dn: string) => boolean;
  };
  export type Values = Readonly<Record<string, readonly string[]>>;
  export type Request = {
    readonly dn: Dn;
    readonly credentials: string;
    readonly scopeName: 'base' | 'single' | 'subtree';
    readonly filter: { readonly matches: (attributes: Values) => boolean };
  };
  export type Response = {
    readonly send: (entry: { readonly dn: string; readonly attributes: Values }) => void;
    readonly end: () => void;
  };
  export type Handler = (request: Request, response: Response, next: (error?: Error) => void) => void;
  export type Server = {
    readonly bind: (name: string, handler: Handler) => void;
    readonly search: (name: string, handler: Handler) => void;
    readonly on: (event: 'error', listener: (error: Error) => void) => void;
    readonly listen: (port: number, host: string, listening: () => void) => void;
    readonly close: (closed: () => void) => void;
    readonly url: string;
    /** The one of node:net or node:tls. */
    readonly server: import('node:net').Server;
  };
  const ldap: {
    readonly createServer: (options?: { readonly certificate: string; readonly key: string }) => Server;
    readonly parseDN: (dn: string) => Dn & { readonly parent: () => Dn | undefined };
    readonly InvalidCredentialsError: new () => Error;
    readonly NoSuchObjectError: new (dn: string) => Error;
  };
  // eslint-disable-next-line no-restricted-syntax -- a CommonJS module: Node finds its classes in the default export alone
  export default ldap;
}
