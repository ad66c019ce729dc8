import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { type Frames, FrameReader, LIMITS } from '../../src/ldap/frames.ts';
import { hex, tlv } from './bytes.ts';

/** The frames that a stream gives when it arrives in these chunks, in hex, or the first violation. */
function readAll(chunks: readonly Buffer[]): { readonly frames: readonly string[]; readonly unfinished: number } | string {
  const reader = new FrameReader();
  const frames: string[] = [];
  for (const chunk of chunks) {
    const cut: Frames = reader.push(chunk);
    if (!cut.ok) return cut.violation;
    frames.push(...cut.frames.map((frame) => frame.toString('hex')));
  }
  return { frames, unfinished: reader.unfinishedBytes };
}

function bytewise(bytes: Buffer): readonly Buffer[] {
  return Array.from(bytes, (byte) => Buffer.of(byte));
}

describe('a stream', () => {
  test.each<[string, string, readonly string[], number]>([
    ['one message', '3003020101', ['3003020101'], 0],
    ['an empty message', '3000', ['3000'], 0],
    ['two in one go', '30003003020101', ['3000', '3003020101'], 0],
    ['one and a half', '3000300302', ['3000'], 3],
    ['lengths as Active Directory writes them', '308400000003020101', ['308400000003020101'], 0],
    ['a length cut in two', '30840000', [], 4],
    ['a tag', '30', [], 1],
    ['nothing', '', [], 0],
  ])('%s, at once and byte by byte', (_case, bytes, frames, unfinished) => {
    expect(readAll([hex(bytes)])).toEqual({ frames, unfinished });
    expect(readAll(bytewise(hex(bytes)))).toEqual({ frames, unfinished });
  });

  test('gives the same frames wherever it is cut', () => {
    const frames = fc.array(
      fc.uint8Array({ maxLength: 300 }).map((content) => tlv(0x30, Buffer.from(content))),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(frames, fc.uint8Array({ maxLength: 3 }), fc.array(fc.nat(2500)), (whole, tail, cuts) => {
        const rest = tail.length === 0 ? Buffer.alloc(0) : tlv(0x30, Buffer.alloc(200)).subarray(0, tail.length);
        const stream = Buffer.concat([...whole, rest]);
        const points = [0, ...cuts.filter((cut) => cut <= stream.length).sort((one, other) => one - other), stream.length];
        const chunks = points.slice(1).map((end, index) => stream.subarray(points[index], end));
        const expected = { frames: whole.map((frame) => frame.toString('hex')), unfinished: rest.length };
        expect(readAll(chunks)).toEqual(expected);
      }),
    );
  });

  test('20,000 tiny messages in one chunk are 20,000 messages', () => {
    const reader = new FrameReader();
    const cut = reader.push(Buffer.concat(Array.from({ length: 20_000 }, () => hex('3000'))));
    expect([cut.ok && cut.frames.length, reader.unfinishedBytes]).toEqual([20_000, 0]);
  });

  test('a long message that drips is copied once, not once for each byte, of which there are many', () => {
    const message = tlv(0x30, Buffer.alloc(200_000));
    const reader = new FrameReader();
    const cuts = bytewise(message).map((byte) => reader.push(byte));
    expect(cuts.slice(0, -1).every((cut) => cut.ok && cut.frames.length === 0)).toBe(true);
    expect(cuts.at(-1)).toEqual({ ok: true, frames: [message] });
  });
});

describe('a violation', () => {
  const mostInOne = tlv(0x30, Buffer.alloc(LIMITS.messageBytes - 5)); // 30 83 and three octets of length
  const one = Buffer.concat([hex('3083200000'), Buffer.alloc(10)]);

  test.each<[string, readonly Buffer[], string]>([
    ['another tag', [hex('1603010200')], 'not an LDAP message'],
    ['another tag behind a message', [hex('3000'), hex('61')], 'not an LDAP message'],
    ['the indefinite form', [hex('3080')], 'message length not understood'],
    ['a length of five octets', [hex('308500000000ff')], 'message length not understood'],
    ['a message that would be too long, before it is there', [one], 'message too long'],
    ['4 GiB', [hex('3084ffffffff')], 'message too long'],
    ['a byte too many in one message', [hex('30831ffffc')], 'message too long'],
    ['too many bytes on one connection', [mostInOne, mostInOne, mostInOne, mostInOne, hex('3000')], 'too many bytes on one connection'],
  ])('%s', (_case, chunks, violation) => {
    expect(readAll(chunks)).toBe(violation);
  });

  test('what is just allowed is none', () => {
    expect(mostInOne.length).toBe(LIMITS.messageBytes);
    expect(readAll([mostInOne, mostInOne, mostInOne, mostInOne])).toMatchObject({ unfinished: 0 });
    expect(LIMITS).toEqual({ messageBytes: 2_097_152, connectionBytes: 8_388_608 });
  });
});
