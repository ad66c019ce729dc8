'use strict';

const { crc32, deflateRawSync } = require('node:zlib');

// A zip whose bytes depend on its content alone: entries in the order given, no clock, no time zone, no user, no extra fields.
// Layout: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
const VERSION = 20; // 2.0: deflate
const UTF8_NAMES = 0x0800;
const DEFLATED = 8;
const MIDNIGHT = 0;
const FIRST_OF_JANUARY_1980 = 0x0021; // the earliest date that a zip can hold
const MADE_ON_UNIX = 0x0300 | VERSION;
const REGULAR_FILE_0644 = 0o100644 * 0x10000; // Lambda's user must be able to read it

const fields = (...pairs) => {
  const buffer = Buffer.alloc(pairs.reduce((size, [bytes]) => size + bytes, 0));
  pairs.reduce((offset, [bytes, value]) => buffer.writeUIntLE(value, offset, bytes), 0);
  return buffer;
};

const common = (entry) => [
  [2, VERSION],
  [2, UTF8_NAMES],
  [2, DEFLATED],
  [2, MIDNIGHT],
  [2, FIRST_OF_JANUARY_1980],
  [4, crc32(entry.content)],
  [4, entry.deflated.length],
  [4, entry.content.length],
  [2, entry.name.length],
  [2, 0], // no extra field
];

const localHeader = (entry) => Buffer.concat([fields([4, 0x04034b50], ...common(entry)), entry.name]);

const centralHeader = (entry, offset) =>
  Buffer.concat([
    fields([4, 0x02014b50], [2, MADE_ON_UNIX], ...common(entry), [2, 0], [2, 0], [2, 0], [4, REGULAR_FILE_0644], [4, offset]),
    entry.name,
  ]);

/** `files`: [{ name, content: Buffer }], a name with slashes. Returns the zip's bytes. */
const zip = (files) => {
  const body = [];
  const directory = [];
  let offset = 0;
  for (const { name, content } of files) {
    const entry = { name: Buffer.from(name), content, deflated: deflateRawSync(content, { level: 9 }) };
    directory.push(centralHeader(entry, offset));
    const bytes = Buffer.concat([localHeader(entry), entry.deflated]);
    body.push(bytes);
    offset += bytes.length;
  }
  const index = Buffer.concat(directory);
  const end = fields([4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, index.length], [4, offset], [2, 0]);
  return Buffer.concat([...body, index, end]);
};

module.exports = { zip };
