import { Attribute, Change, type Client } from 'ldapts';

/** Adds an explicit deny to an entry's own access rules, as an administrator would; what undoes it. */
export async function denyReading(administrator: Client, dn: string, trustee: string): Promise<() => Promise<void>> {
  const sid = await read(administrator, trustee, 'objectSid');
  const before = await read(administrator, dn, 'nTSecurityDescriptor');
  await write(administrator, dn, withDeny(before, sid));
  return () => write(administrator, dn, before);
}

async function read(administrator: Client, dn: string, name: string): Promise<Buffer> {
  const { searchEntries } = await administrator.search(dn, { scope: 'base', attributes: [name], explicitBufferAttributes: [name] });
  const value = searchEntries[0]?.[name];
  const first = Array.isArray(value) ? value[0] : value;
  if (!Buffer.isBuffer(first)) throw new Error(`${dn} shows no ${name}`);
  return first;
}

function write(administrator: Client, dn: string, value: Buffer): Promise<void> {
  return administrator.modify(
    dn,
    new Change({ operation: 'replace', modification: new Attribute({ type: 'nTSecurityDescriptor', values: [value] }) }),
  );
}

const ACCESS_DENIED = 1; // MS-DTYP 2.4.4.1
const READ_PROPERTY = 0x10; // MS-ADTS 5.1.3.2

/** MS-DTYP 2.4.6: a self-relative descriptor, with one more entry at the head of its list (2.4.5). */
function withDeny(descriptor: Buffer, sid: Buffer): Buffer {
  const ace = Buffer.concat([Buffer.alloc(8), sid]);
  ace[0] = ACCESS_DENIED;
  ace.writeUInt16LE(ace.length, 2);
  ace.writeUInt32LE(READ_PROPERTY, 4);
  const list = descriptor.readUInt32LE(16);
  const changed = Buffer.concat([descriptor.subarray(0, list + 8), ace, descriptor.subarray(list + 8)]);
  changed.writeUInt16LE(changed.readUInt16LE(list + 2) + ace.length, list + 2);
  changed.writeUInt16LE(changed.readUInt16LE(list + 4) + 1, list + 4);
  for (const field of [4, 8, 12]) {
    const offset = changed.readUInt32LE(field); // owner, group, system list
    if (offset > list) changed.writeUInt32LE(offset + ace.length, field);
  }
  return changed;
}
