import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

export type Variables = Readonly<Record<string, string>>;

/** Belongs to the test command. The service refuses LDAP_* variables that it does not know. */
const NOT_OF_THE_SERVICE: ReadonlySet<string> = new Set(['LDAP_AUTH_INSTALL']);

/** The environment, on top of the .env file in this folder if there is one. An empty variable is an unset one. */
export const readVariables = (environment: NodeJS.ProcessEnv, file: string): Variables => {
  const set = Object.entries({ ...readFile(file), ...environment }).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as const],
  );
  return Object.fromEntries(set);
};

const readFile = (file: string): NodeJS.Dict<string> => (existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {});

/** Whether the function would read it, or complain about it. */
const isOfTheService = (name: string): boolean => (/^(LDAP|AUTH)_/i.test(name) || name === 'LOG_LEVEL') && !NOT_OF_THE_SERVICE.has(name);

/** What is handed to the service as it is, misspelt variables included: it tells what is wrong with them. */
export const serviceVariables = (variables: Variables): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => isOfTheService(name)));

/** What the gateway's process inherits: everything but settings of the service, so that only the chosen ones reach it. */
export const otherVariables = (variables: Variables): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => !isOfTheService(name) && !NOT_OF_THE_SERVICE.has(name)));
