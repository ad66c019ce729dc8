import type { DirectoryEntry } from './server.ts';

/** RFC 2849: every value in base64, so that no value needs a thought. */
export function toLdif(entries: readonly DirectoryEntry[]): string {
  return entries.map(entryToLdif).join('\n');
}

function entryToLdif(entry: DirectoryEntry): string {
  const lines = [`dn:: ${base64(entry.dn)}`];
  for (const [attribute, values] of Object.entries(entry.attributes)) {
    for (const value of values) lines.push(`${attribute}:: ${base64(value)}`);
  }
  return `${lines.join('\n')}\n`;
}

function base64(value: string | Buffer): string {
  return Buffer.from(value).toString('base64');
}

/** One entry as `ldapsearch -LLL -o ldif-wrap=no` prints it; attribute names in lower case. */
export type PrintedEntry = {
  readonly dn: string;
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  /** Values that were printed in base64, as the bytes that they are. */
  readonly bytes: ReadonlyMap<string, readonly Buffer[]>;
};

/** Reads what ldapsearch printed. */
export function parseLdif(text: string): readonly PrintedEntry[] {
  return text.split('\n\n').flatMap(parseEntry);
}

function parseEntry(text: string): PrintedEntry[] {
  const attributes = new Map<string, string[]>();
  const bytes = new Map<string, Buffer[]>();
  for (const line of text.split('\n')) {
    const [, name, colons, value] = /^([A-Za-z0-9;.-]+)(::?) ?(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const values = attributes.get(name.toLowerCase()) ?? [];
    const decoded = colons === '::' ? Buffer.from(value, 'base64') : undefined;
    if (decoded !== undefined) bytes.set(name.toLowerCase(), [...(bytes.get(name.toLowerCase()) ?? []), decoded]);
    values.push(decoded?.toString() ?? value);
    attributes.set(name.toLowerCase(), values);
  }
  const [dn] = attributes.get('dn') ?? [];
  attributes.delete('dn');
  return dn === undefined ? [] : [{ dn, attributes, bytes }];
}
