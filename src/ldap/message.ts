import { BerCursor, MalformedBer, TAG } from './ber.ts';

/** LDAPResult (RFC 4511, 4.1.9). The diagnostic message is for classification only: it is never logged or passed on. */
export type LdapResult = { readonly code: number; readonly diagnostic: string };

export type ResponseControl = { readonly type: string; readonly value: Buffer | undefined };

export type SearchEntry = {
  readonly dn: string;
  /** As the server spells the attribute descriptions, options included. */
  readonly attributes: readonly { readonly description: string; readonly values: readonly Buffer[] }[];
};

/** A message from a server, of a kind that this service can have asked for. */
export type Message = { readonly id: number } & (
  | { readonly op: 'bind-response'; readonly result: LdapResult; readonly controls: readonly ResponseControl[] }
  | { readonly op: 'search-entry'; readonly entry: SearchEntry }
  | { readonly op: 'search-reference'; readonly uris: readonly string[] }
  | { readonly op: 'search-done'; readonly result: LdapResult; readonly controls: readonly ResponseControl[] }
  | { readonly op: 'extended-response'; readonly result: LdapResult; readonly name: string | undefined; readonly value: Buffer | undefined }
);

const BIND_RESPONSE = 0x61;
const SEARCH_ENTRY = 0x64;
const SEARCH_DONE = 0x65;
const SEARCH_REFERENCE = 0x73;
const EXTENDED_RESPONSE = 0x78;

const CONTROLS = 0xa0;
const REFERRAL = 0xa3;
const SERVER_SASL_CREDENTIALS = 0x87;
const EXTENDED_NAME = 0x8a;
const EXTENDED_VALUE = 0x8b;

/** One whole LDAPMessage (RFC 4511, 4.1.1) as a value; undefined when it is anything else, in any detail. */
export function decodeMessage(bytes: Buffer): Message | undefined {
  try {
    const outer = new BerCursor(bytes);
    const message = outer.enter(TAG.sequence);
    outer.finish();
    return decodeContents(message);
  } catch (error) {
    if (error instanceof MalformedBer) return undefined;
    throw error;
  }
}

function decodeContents(message: BerCursor): Message {
  const id = message.unsigned(TAG.integer);
  const tag = message.nextTag;
  switch (tag) {
    case BIND_RESPONSE: {
      const result = readWhole(message.enter(tag), SERVER_SASL_CREDENTIALS);
      return { id, op: 'bind-response', result, controls: readControls(message) };
    }
    case SEARCH_ENTRY: {
      const entry = readEntry(message.enter(tag));
      readControls(message);
      return { id, op: 'search-entry', entry };
    }
    case SEARCH_REFERENCE: {
      const uris = readAll(message.enter(tag), readName);
      if (uris.length === 0) throw new MalformedBer('a reference to nowhere'); // SIZE (1..MAX); none would go unnoticed
      readControls(message);
      return { id, op: 'search-reference', uris };
    }
    case SEARCH_DONE: {
      const result = readWhole(message.enter(tag));
      return { id, op: 'search-done', result, controls: readControls(message) };
    }
    case EXTENDED_RESPONSE: {
      const response = message.enter(tag);
      const result = readResult(response);
      const name = response.optional(EXTENDED_NAME)?.toString('latin1');
      const value = response.optional(EXTENDED_VALUE);
      response.finish();
      readControls(message);
      return { id, op: 'extended-response', result, name, value };
    }
    default:
      throw new MalformedBer('unknown operation');
  }
}

/** LDAPResult (RFC 4511, 4.1.9), with which every response but an entry and a reference begins. */
function readResult(response: BerCursor): LdapResult {
  const code = response.unsigned(TAG.enumerated);
  response.skip(TAG.octetString); // matchedDN: of no use here
  const diagnostic = response.looseText();
  if (response.nextTag === REFERRAL) response.skip(REFERRAL); // referrals are not followed
  return { code, diagnostic };
}

/** A response with nothing but its result, and perhaps this one field. */
function readWhole(response: BerCursor, mayFollow?: number): LdapResult {
  const result = readResult(response);
  if (mayFollow !== undefined) response.optional(mayFollow);
  response.finish();
  return result;
}

/** Longer names are nobody's; what looks into one takes time that grows with it. */
const MOST_NAME_BYTES = 8 * 1024;

function readName(cursor: BerCursor): string {
  const name = cursor.text();
  if (name.length > MOST_NAME_BYTES) throw new MalformedBer('name too long');
  return name;
}

function readEntry(cursor: BerCursor): SearchEntry {
  const dn = readName(cursor);
  const attributes = readAll(cursor.enter(TAG.sequence), (list) => {
    const attribute = list.enter(TAG.sequence);
    const description = attribute.text();
    const values = readAll(attribute.enter(TAG.set), (set) => set.bytes());
    attribute.finish();
    return { description, values };
  });
  cursor.finish();
  return { dn, attributes };
}

function readControls(message: BerCursor): readonly ResponseControl[] {
  if (message.atEnd) return [];
  const controls = readAll(message.enter(CONTROLS), (list) => {
    const control = list.enter(TAG.sequence);
    const type = control.text();
    if (control.nextTag === TAG.boolean) control.skip(TAG.boolean); // criticality: false in responses (RFC 4511, 4.1.11)
    const value = control.optional(TAG.octetString);
    control.finish();
    return { type, value };
  });
  message.finish();
  return controls;
}

function readAll<T>(cursor: BerCursor, readOne: (cursor: BerCursor) => T): readonly T[] {
  const items: T[] = [];
  while (!cursor.atEnd) items.push(readOne(cursor));
  return items;
}
