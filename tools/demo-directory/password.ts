import { argon2Sync, createHash, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/** A `userPassword` value in the {SSHA} scheme: SHA-1 with a salt of 8 bytes, what OpenLDAP makes by default. */
export function hashPassword(password: string): string {
  const salt = randomBytes(8);
  return `{SSHA}${Buffer.concat([hash('sha1', Buffer.from(password), salt), salt]).toString('base64')}`;
}

/**
 * Whether a stored `userPassword` value is that password, byte for byte. Clear text and the schemes of OpenLDAP and its modules are
 * understood; a value of any other scheme ({CRYPT}, {SASL}) matches nothing, least of all its own text.
 */
export function verifyPassword(stored: Buffer, password: Buffer): boolean {
  const [, scheme, value = ''] = /^\{([^}]+)\}(.*)$/s.exec(stored.toString()) ?? [];
  if (scheme === undefined) return equal(stored, password);
  for (const [pattern, verify] of SCHEMES) {
    const [, variant] = pattern.exec(scheme) ?? [];
    if (variant !== undefined) return verify(variant.toLowerCase(), value, password);
  }
  return false;
}

type Verify = (variant: string, value: string, password: Buffer) => boolean;

/** By the scheme's name; what is in parentheses is handed on. */
const SCHEMES: readonly (readonly [RegExp, Verify])[] = [
  [/^S?(MD5|SHA(?:256|384|512)?)$/i, verifyDigest],
  [/^PBKDF2(|-SHA1|-SHA256|-SHA512)$/i, verifyPbkdf2],
  [/^ARGON2()$/i, verifyArgon2],
];

/** Base64 of the digest, followed by the salt if there is one (RFC 2307 5.3 and its salted successors). */
function verifyDigest(algorithm: string, value: string, password: Buffer): boolean {
  const bytes = Buffer.from(value, 'base64');
  const name = algorithm === 'sha' ? 'sha1' : algorithm;
  const { length } = hash(name);
  return equal(bytes.subarray(0, length), hash(name, password, bytes.subarray(length)));
}

/** `rounds$salt$key`, in passlib's base64 with a dot for the plus: OpenLDAP's pw-pbkdf2. */
function verifyPbkdf2(variant: string, value: string, password: Buffer): boolean {
  const [, rounds, salt = '', key = ''] = /^(\d{1,7})\$([^$]+)\$([^$]+)$/.exec(value.replaceAll('.', '+')) ?? [];
  const expected = Buffer.from(key, 'base64');
  if (!(Number(rounds) > 0) || expected.length === 0) return false;
  const algorithm = variant === '' ? 'sha1' : variant.slice(1);
  return equal(expected, pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(rounds), expected.length, algorithm));
}

const ARGON2 = /^\$(argon2id|argon2i)\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([^$]+)\$([^$]+)$/;

function verifyArgon2(_variant: string, value: string, password: Buffer): boolean {
  const [, name, memory, passes, parallelism, salt = '', tag = ''] = ARGON2.exec(value) ?? [];
  if (name !== 'argon2id' && name !== 'argon2i') return false;
  const expected = Buffer.from(tag, 'base64');
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism), tagLength: expected.length };
  return equal(expected, argon2Sync(name, { message: password, nonce: Buffer.from(salt, 'base64'), ...cost }));
}

function hash(algorithm: string, ...parts: readonly Buffer[]): Buffer {
  return createHash(algorithm).update(Buffer.concat(parts)).digest();
}

// Hashed first: timingSafeEqual takes buffers of one length only, and the length is a secret too.
function equal(one: Buffer, other: Buffer): boolean {
  return timingSafeEqual(hash('sha256', one), hash('sha256', other));
}
