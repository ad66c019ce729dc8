import { createHash } from 'node:crypto';

import { foldDn } from '../directory/names/dn.ts';

/** So that a table that is used for something else as well never holds the same key twice, nor a later form of ours. */
const ENTRY = 'ldap-auth gate 1';
const NAME = 'ldap-auth gate name 1';

/**
 * The row of an entry, by its DN as the server spells it. Every spelling that leads to the entry leads to the row. A hash has one
 * length, spreads over DynamoDB's partitions and shows nobody's name.
 */
export function keyOfEntry(dn: string): string {
  return hash(ENTRY, foldDn(dn));
}

/** A row that is written under `uniform` for a name that leads to no entry. It decides nothing. */
export function keyOfName(typed: string): string {
  return hash(NAME, foldName(typed));
}

/**
 * A typed name, folded more coarsely than any directory does: two people may then share a row, but no spelling of one name has a
 * row of its own.
 */
export function foldName(typed: string): string {
  const letters = typed.normalize('NFKD').replace(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, '');
  return letters.toUpperCase().replace(/\s+/gu, ' ').trim();
}

/** Another row, of which nothing is expected. */
export function keyBeside(key: string): string {
  return hash('ldap-auth gate beside 1', key);
}

function hash(domain: string, text: string): string {
  return createHash('sha256').update(domain).update('\0').update(text).digest('base64url');
}
