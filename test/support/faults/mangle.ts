import { measure } from '../../../tools/demo-directory/ber.ts';

/** One byte of an answer, wrong. `at`: which of the bytes that carry structure, counted around. */
export type Mangling = { readonly how: 'overwritten' | 'inserted' | 'deleted'; readonly at: number; readonly byte: number };

const INTEGER = 0x02;
const CONSTRUCTED = 0x20;

/**
 * A true answer with one byte of its structure (a tag, a length, a message id) changed. The contents of strings and the
 * result code are left alone: changed, they would be another answer that is just as good.
 */
export function mangle(answer: Buffer, { how, at, byte }: Mangling): Buffer {
  const offsets = structure(answer, 0, answer.length);
  const offset = offsets[at % offsets.length] ?? 0;
  const before = answer.subarray(0, offset);
  const after = answer.subarray(how === 'inserted' ? offset : offset + 1);
  return Buffer.concat(how === 'deleted' ? [before, after] : [before, Buffer.of(byte), after]);
}

/** Where the tags, the lengths and the integers are. */
function structure(bytes: Buffer, start: number, end: number): readonly number[] {
  const offsets: number[] = [];
  for (let offset = start; offset < end;) {
    const extent = measure(bytes.subarray(0, end), offset);
    if (typeof extent === 'string') return offsets;
    for (let head = offset; head < extent.contentAt; head += 1) offsets.push(head);
    if ((extent.tag & CONSTRUCTED) !== 0) offsets.push(...structure(bytes, extent.contentAt, extent.end));
    else if (extent.tag === INTEGER) for (let content = extent.contentAt; content < extent.end; content += 1) offsets.push(content);
    offset = extent.end;
  }
  return offsets;
}
