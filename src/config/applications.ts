import { isRecord, jsonIn } from '../core/anything.ts';
import type { EnvironmentReader } from './environment.ts';
import { readGivenFile } from './given-file.ts';

/** Application → DNs of groups; who logs in to it must be in one of them. */
export type Applications = ReadonlyMap<string, readonly string[]>;

const NONE: Applications = new Map();
const NAME = /^[a-z0-9-]{1,64}$/;

const EXPECTED =
  'a JSON object of names and arrays of group DNs, like {"wiki":["cn=staff,ou=groups,dc=example,dc=org"]}, or the path of a file with it; a name is 1 to 64 of a-z, 0-9 and -, no name is given twice, and no array is empty';

/** `AUTH_APPLICATIONS`: JSON text, or the path of a JSON file. What cannot be read whole is a problem: half of it would let people in. */
export function readApplications(reader: EnvironmentReader): Applications {
  const given = reader.read('AUTH_APPLICATIONS');
  if (given === undefined) return NONE;
  const applications = parse(given.trimStart().startsWith('{') ? given : readGivenFile(given));
  if (applications === undefined) reader.refuse('AUTH_APPLICATIONS', EXPECTED);
  return applications ?? NONE;
}

function parse(text: string | undefined): Applications | undefined {
  const value = text === undefined ? undefined : jsonIn(text);
  if (!isRecord(value) || Array.isArray(value)) return undefined;
  const applications = new Map<string, readonly string[]>();
  for (const [name, groups] of Object.entries(value)) {
    const dns = dnsIn(groups);
    if (!NAME.test(name) || dns === undefined) return undefined;
    applications.set(name, dns);
  }
  const isWhole = applications.size > 0 && applications.size === namesIn(text ?? '');
  return isWhole ? applications : undefined; // an empty object configures nothing: a mistake
}

/** How many names of members a JSON text has. JSON.parse keeps the last of two members with one name, and says nothing. */
function namesIn(json: string): number {
  return [...json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon !== undefined).length;
}

/** A parsed value as DNs: an array with at least one; undefined where it is anything else. */
export function dnsIn(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.length > 0 && value.every(isDn) ? value : undefined;
}

function isDn(value: unknown): value is string {
  return typeof value === 'string' && value.includes('=');
}
