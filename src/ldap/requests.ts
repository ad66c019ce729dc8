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

const PAGED_RESULTS = '1.2.840.113556.1.4.319'; // RFC 2696, 2

/** Bytes for the requests of one login; the writer makes itself more room where that is not enough. */
const ROOM = 512;

export const STARTTLS = '1.3.6.1.4.1.1466.20037'; // RFC 4511, 4.14.1
const WHO_AM_I = '1.3.6.1.4.1.4203.1.11.3'; // RFC 4532, 2.1
const EXTENDED_NAME = 0x80; // ExtendedRequest (RFC 4511, 4.12)
const OCTET_STRING = 0x04;
const SIMPLE = 0x80; // AuthenticationChoice (RFC 4511, 4.2)
const SCOPE = { base: 0, one: 1, sub: 2 } as const;
const NEVER_DEREFERENCE = 0; // an alias would lead to an entry outside of the base

/**
 * The requests of one connection as LDAPMessages (RFC 4511, 4.1.1), by ldapts's writer, one behind the other in one buffer:
 * ldapts's own message classes take a zeroed kilobyte for each.
 */
export class RequestWriter {
  readonly #writer = new BerWriter({ size: ROOM });
  #written = 0;

  /** A simple bind (RFC 4511, 4.2) with these controls, non-critical and without a value: a server that knows none just answers. */
  bind(id: number, name: string, password: string, controls: readonly string[]): Buffer {
    const writer = this.#start(id, ProtocolOperation.LDAP_REQ_BIND);
    writer.writeInt(ProtocolOperation.LDAP_VERSION_3);
    writer.writeString(name);
    writer.writeString(password, SIMPLE);
    writer.endSequence();
    if (controls.length > 0) this.#controls(controls);
    return this.#finish();
  }

  /** A search (RFC 4511, 4.5.1) that the server may take so many seconds for. */
  search(id: number, search: SearchFor, seconds: number): Buffer {
    const writer = this.#start(id, ProtocolOperation.LDAP_REQ_SEARCH);
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
    writer.endSequence();
    if (search.pageSize !== undefined) this.#firstPage(search.pageSize);
    return this.#finish();
  }

  /** StartTLS (RFC 4511, 4.14.1). */
  startTls(id: number): Buffer {
    return this.#extended(id, STARTTLS);
  }

  /** "Who am I?" (RFC 4532, 2.1). */
  whoAmI(id: number): Buffer {
    return this.#extended(id, WHO_AM_I);
  }

  /** Unbind (RFC 4511, 4.3). */
  unbind(id: number): Buffer {
    this.#start(id, ProtocolOperation.LDAP_REQ_UNBIND).endSequence();
    return this.#finish();
  }

  /** An ExtendedRequest without a value (RFC 4511, 4.12). */
  #extended(id: number, name: string): Buffer {
    const writer = this.#start(id, ProtocolOperation.LDAP_REQ_EXTENSION);
    writer.writeString(name, EXTENDED_NAME);
    writer.endSequence();
    return this.#finish();
  }

  #start(id: number, operation: number): BerWriter {
    this.#writer.startSequence();
    this.#writer.writeInt(id);
    this.#writer.startSequence(operation);
    return this.#writer;
  }

  #controls(types: readonly string[]): void {
    this.#writer.startSequence(ProtocolOperation.LDAP_CONTROLS);
    for (const type of types) {
      this.#writer.startSequence();
      this.#writer.writeString(type);
      this.#writer.endSequence();
    }
    this.#writer.endSequence();
  }

  #firstPage(size: number): void {
    const value = new BerWriter({ size: 16 });
    value.startSequence();
    value.writeInt(size);
    value.writeString(''); // no cookie: the first page
    value.endSequence();
    this.#writer.startSequence(ProtocolOperation.LDAP_CONTROLS);
    this.#writer.startSequence();
    this.#writer.writeString(PAGED_RESULTS);
    this.#writer.writeBuffer(value.buffer, OCTET_STRING);
    this.#writer.endSequence();
    this.#writer.endSequence();
  }

  #finish(): Buffer {
    this.#writer.endSequence();
    const all = this.#writer.buffer;
    const message = all.subarray(this.#written);
    this.#written = all.length;
    return message;
  }
}
