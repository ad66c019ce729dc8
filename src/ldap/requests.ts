import { BerWriter, type Filter, ProtocolOperation } from 'ldapts';

/** What a search asks for. */
export type SearchFor = {
  readonly base: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly filter: Filter;
  readonly attributes: readonly string[];
  /** More than this many entries end the search. Samba ignores size limits, so they are counted here. */
  readonly mostEntries: number;
  /**
   * Where it is there, the server is asked for so many entries at the most, what it sends beyond `mostEntries` is dropped, and
   * the search is heard to its end: the session can be used afterwards, whatever the server makes of a limit.
   */
  readonly sizeLimit?: number;
  /** Paged results (RFC 2696): only the first page is asked for. Active Directory's kin heed it where they ignore a size limit. */
  readonly pageSize?: number;
  /** Default: the session is over. Heard out, the surplus is dropped as it comes, within the deadline, and the session goes on. */
  readonly surplus?: 'heard out';
};

export const STARTTLS = '1.3.6.1.4.1.1466.20037'; // RFC 4511, 4.14.1
export const WHO_AM_I = '1.3.6.1.4.1.4203.1.11.3'; // RFC 4532, 2.1
const PAGED_RESULTS = '1.2.840.113556.1.4.319'; // RFC 2696, 2
const EXTENDED_NAME = 0x80; // ExtendedRequest (RFC 4511, 4.12)
const OCTET_STRING = 0x04;
const SIMPLE = 0x80; // AuthenticationChoice (RFC 4511, 4.2)
const SCOPE = { base: 0, one: 1, sub: 2 } as const;
const NEVER_DEREFERENCE = 0; // an alias would lead to an entry outside of the base

/** The requests of a login, each as one LDAPMessage (RFC 4511, 4.1.1), by ldapts's writer. */

/** A simple bind (RFC 4511, 4.2) with these controls, non-critical and without a value: a server that knows none just answers. */
export function bindRequest(id: number, name: string, password: string, controls: readonly string[]): Buffer {
  const write = (writer: BerWriter): void => {
    writer.writeInt(ProtocolOperation.LDAP_VERSION_3);
    writer.writeString(name);
    writer.writeString(password, SIMPLE);
  };
  return message(
    id,
    ProtocolOperation.LDAP_REQ_BIND,
    write,
    controls.map((type) => ({ type })),
  );
}

/** A search (RFC 4511, 4.5.1) that the server may take so many seconds for. */
export function searchRequest(id: number, search: SearchFor, seconds: number): Buffer {
  const write = (writer: BerWriter): void => {
    writer.writeString(search.base);
    writer.writeEnumeration(SCOPE[search.scope]);
    writer.writeEnumeration(NEVER_DEREFERENCE);
    writer.writeInt(search.sizeLimit ?? search.mostEntries + 1); // one more proves that there are more
    writer.writeInt(seconds);
    writer.writeBoolean(false); // typesOnly
    search.filter.write(writer);
    writer.startSequence();
    // In small letters: all the same (RFC 4512, 2.5), but to ldapjs 3. Once: two values would be none to what needs exactly one.
    for (const attribute of new Set(search.attributes.map((name) => name.toLowerCase()))) writer.writeString(attribute);
    writer.endSequence();
  };
  const controls = search.pageSize === undefined ? [] : [{ type: PAGED_RESULTS, value: firstPage(search.pageSize) }];
  return message(id, ProtocolOperation.LDAP_REQ_SEARCH, write, controls);
}

function firstPage(size: number): Buffer {
  const value = new BerWriter();
  value.startSequence();
  value.writeInt(size);
  value.writeString(''); // no cookie
  value.endSequence();
  return value.buffer;
}

/** StartTLS (RFC 4511, 4.14.1) or "Who am I?" (RFC 4532, 2.1): an ExtendedRequest without a value. */
export function extendedRequest(id: number, name: typeof STARTTLS | typeof WHO_AM_I): Buffer {
  return message(id, ProtocolOperation.LDAP_REQ_EXTENSION, (writer) => writer.writeString(name, EXTENDED_NAME));
}

/** Unbind (RFC 4511, 4.3). */
export function unbindRequest(id: number): Buffer {
  return message(id, ProtocolOperation.LDAP_REQ_UNBIND, () => undefined);
}

type Control = { readonly type: string; readonly value?: Buffer };

function message(id: number, operation: number, write: (writer: BerWriter) => void, controls: readonly Control[] = []): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(operation);
  write(writer);
  writer.endSequence();
  if (controls.length > 0) writer.startSequence(ProtocolOperation.LDAP_CONTROLS);
  for (const { type, value } of controls) {
    writer.startSequence();
    writer.writeString(type);
    if (value !== undefined) writer.writeBuffer(value, OCTET_STRING);
    writer.endSequence();
  }
  if (controls.length > 0) writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}
