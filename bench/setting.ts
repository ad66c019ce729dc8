/** What a candidate is told about the directory that it is measured against. */
export type Setting = {
  readonly transport: Transport;
  readonly mode: Mode;
  readonly url: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  readonly bindDn: string;
  readonly bindPassword: string;
  readonly base: string;
  /** Folder with the packaged handlers. */
  readonly bundles: string;
};

export type Transport = 'ldaps' | 'plain';
export type Mode = 'search-and-bind' | 'direct-bind';

export type Login = { readonly username: string; readonly password: string; readonly dn: string };

/** Does what can be done before the clock starts; what it returns is one login, from question to verdict. */
export type Prepare = (login: Login) => () => Promise<boolean>;

export type Candidate = {
  readonly prepare: Prepare;
  /** Microseconds of CPU that the program has used, where it is not this process. */
  readonly cpuMicroseconds?: () => Promise<number>;
};

/** Where people are, and how a DN is made of a name. */
export const PEOPLE_BASE = 'ou=people,dc=example,dc=org';

export const PEOPLE = 10_000;

/** One of the 10,000, by number; numbers wrap around. */
export function personOf(number: number): Login {
  const digits = String(number % PEOPLE).padStart(5, '0');
  const username = `person${digits}`;
  return { username, password: `Passw0rd-${digits}`, dn: `uid=${username},${PEOPLE_BASE}` };
}
