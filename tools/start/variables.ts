import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

import { describeLost, lostParts } from './env-file.ts';

export type Variables = Readonly<Record<string, string>>;

/** Belongs to the test command. The service refuses LDAP_* variables that it does not know. */
const NOT_OF_THE_SERVICE: ReadonlySet<string> = new Set(['LDAP_AUTH_INSTALL']);

/** The environment, on top of the .env file in this folder if there is one. An empty variable is an unset one. */
export function readVariables(environment: NodeJS.ProcessEnv, file: string): Variables {
  const set = Object.entries({ ...readFile(file), ...environment }).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value] as const],
  );
  return Object.fromEntries(set);
}

function readFile(file: string): NodeJS.Dict<string> {
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
}

/** A sentence for each setting of the service that would be taken from the file, and not whole. Never a value. */
export function cutValues(environment: NodeJS.ProcessEnv, file: string): readonly string[] {
  if (!existsSync(file)) return [];
  const used = lostParts(readFileSync(file, 'utf8')).filter(({ variable }) => isOfTheService(variable) && !(variable in environment));
  return used.map((lost) => describeLost(file, lost));
}

/** Which directory these variables mean, and where that is said. */
export type Choice = { readonly directory: 'demo' | 'own'; readonly because: string };

/** A user who sets one of these means their own directory; without LDAP_URL the service then says what is missing. */
const OF_A_DIRECTORY = /^LDAP_(?:URL|BIND_.*|BASE_DN|USER_DN_TEMPLATE|TLS_.*|STARTTLS)$/;

export function chooseDirectory(environment: NodeJS.ProcessEnv, file: string): Choice {
  const inFile = Object.entries(readVariables({}, file)).map(([name]) => name);
  const name = Object.keys(readVariables(environment, file)).find((each) => OF_A_DIRECTORY.test(each));
  if (name !== undefined) return { directory: 'own', because: `${name} is set${inFile.includes(name) ? ` in ${file}` : ''}` };
  if (!existsSync(file)) return { directory: 'demo', because: 'LDAP_URL is not set, and there is no .env' };
  if (inFile.some((each) => each.startsWith('LDAP_'))) return { directory: 'demo', because: 'LDAP_URL is not set' };
  return { directory: 'demo', because: `${file} is there, but sets no LDAP_* variable` };
}

/** Whether the function would read it, or complain about it. */
function isOfTheService(name: string): boolean {
  return (/^(LDAP|AUTH)_/i.test(name) || name === 'LOG_LEVEL') && !NOT_OF_THE_SERVICE.has(name);
}

/** What is handed to the service as it is, misspelt variables included: it tells what is wrong with them. */
export function serviceVariables(variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => isOfTheService(name)));
}

/** What the gateway's process inherits: everything but settings of the service, so that only the chosen ones reach it. */
export function otherVariables(variables: Variables): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !isOfTheService(name) && !NOT_OF_THE_SERVICE.has(name)));
}
