import { isUtf8 } from 'node:buffer';

import type { Deadline } from '../core/deadline.ts';
import type { Identity } from '../core/outcome.ts';
import type { Conversation } from './conversation.ts';
import { valuesOf } from './entry.ts';
import { protocolError, resultFailure } from '../ldap/failure.ts';
import { type Known, known } from './groups/question.ts';
import { heard } from './groups/search.ts';
import type { SearchEntry } from '../ldap/message.ts';
import { readEntry } from './read-entry.ts';
import { formatGuid, formatSid } from './names/security-id.ts';
import type { Session } from '../ldap/session.ts';

/** Ranges of one attribute that are asked for at the most: 20 × AD's 1,500 values. */
const MOST_RANGES = 20;

/**
 * All values of an attribute of an entry that has been read. Active Directory sends long lists in ranges,
 * `member;range=0-1499` (MS-ADTS 3.1.1.3.1.3.3), the last of which ends in `*`; the others are fetched. A list that stays
 * cut short is unknown; a fault of the server is a ServerFailure.
 */
export async function readAllValues(
  session: Session,
  entry: SearchEntry,
  name: string,
  deadline: Deadline,
): Promise<Known<readonly Buffer[]>> {
  const values = [...valuesOf(entry, name)];
  let range = rangeOf(entry, name);
  for (let ranges = 0; range !== undefined; ranges += 1) {
    for (const value of range.values) values.push(value); // a spread of 100,000 arguments is an exception
    if (range.next === undefined) break;
    if (ranges === MOST_RANGES) return { known: false, failure: protocolError('search', 'a list of values without end') };
    const attributes = [`${name};range=${String(range.next)}-*`];
    const { entries, result } = heard(await readEntry(session, { dn: entry.dn, attributes }, deadline));
    const [next] = entries;
    if (result?.code !== 0) return { known: false, failure: resultFailure('range', result) };
    range = next === undefined ? undefined : rangeOf(next, name);
    if (range === undefined) return { known: false, failure: protocolError('search', 'a list of values cut short') };
  }
  return known(values);
}

type Range = { readonly values: readonly Buffer[]; readonly next: number | undefined };

function rangeOf(entry: SearchEntry, name: string): Range | undefined {
  for (const { description, values } of entry.attributes) {
    const match = /^([^;]+);range=(\d+)-(\d+|\*)$/i.exec(description);
    if (match?.[1]?.toLowerCase() !== name.toLowerCase()) continue;
    return { values, next: match[3] === '*' ? undefined : Number(match[3]) + 1 };
  }
  return undefined;
}

/** The configured attributes of an entry, each whole; those that it does not have are left out. */
export type Attributes = Known<ReadonlyMap<string, readonly Buffer[]>>;

export const NO_ATTRIBUTES: Attributes = known(new Map());

export async function readAttributes(conversation: Conversation, entry: SearchEntry, names: readonly string[]): Promise<Attributes> {
  if (names.length === 0) return NO_ATTRIBUTES;
  return await conversation.trace.during('search', () => readEach(conversation, entry, names)); // the rest of it
}

async function readEach({ session, slice }: Conversation, entry: SearchEntry, names: readonly string[]): Promise<Attributes> {
  const all = new Map<string, readonly Buffer[]>();
  for (const name of names) {
    const read = await readAllValues(session, entry, name, slice);
    if (!read.known) return read;
    if (read.value.length > 0) all.set(name, read.value);
  }
  return known(all);
}

/** As a part of the identity; nothing where no attribute is configured. */
export function formatAttributes(values: ReadonlyMap<string, readonly Buffer[]>): Pick<Identity, 'attributes'> {
  return values.size === 0 ? {} : { attributes: Object.fromEntries([...values].map(([name, all]) => [name, formatValues(name, all)])) };
}

/** Binary by their schema, whatever their bytes look like. Lower case. */
const BINARY: ReadonlySet<string> = new Set([
  'jpegphoto',
  'thumbnailphoto',
  'thumbnaillogo',
  'photo',
  'audio',
  'usercertificate',
  'usersmimecertificate',
  'cacertificate',
  'ms-ds-consistencyguid',
  'msexchmailboxguid',
  'logonhours',
]);

const FORMATS: Readonly<Record<string, (bytes: Buffer) => string | undefined>> = {
  objectguid: formatGuid,
  objectsid: formatSid,
  sidhistory: formatSid,
  tokengroups: formatSid,
};

/** Values as strings: GUIDs and SIDs in the spelling of their own tools, other binary values in base64, text as it is. */
export function formatValues(name: string, values: readonly Buffer[]): readonly string[] {
  const lower = name.toLowerCase();
  const format = Object.hasOwn(FORMATS, lower) ? FORMATS[lower] : undefined;
  if (format !== undefined) return values.map((value) => format(value) ?? value.toString('base64'));
  const isBinary = BINARY.has(lower.replace(/;.*/, '')) || lower.includes(';binary') || !values.every(isText);
  return values.map((value) => value.toString(isBinary ? 'base64' : 'utf8'));
}

function isText(value: Buffer): boolean {
  return isUtf8(value) && !value.includes(0);
}
