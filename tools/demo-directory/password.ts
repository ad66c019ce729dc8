import { argon2Sync, createHash, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/** A `userPassword` value in the {SSHA} scheme: SHA-1 with a salt of 8 bytes, what OpenLDAP makes by default. */
export function hashPassword(password: string): string {
  const salt = randomBytes(8);
  const digest = createHash('sha1').update(password).update(salt).digest();
  return `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}`;
}

/**
 * Whether a stored `userPassword` value is that password, byte for byte. Clear text and the schemes below are understood;
 * a value of any other scheme ({CRYPT}, {SASL}) matches nothing, least of all its own text.
 */
export function verifyPassword(stored: Buffer, password: Buffer): boolean {
  const scheme = /^\{([^}]+)\}(.*)$/s.exec(stored.toString());
  if (scheme === null) return equal(stored, password);
  const verify = SCHEMES.get(scheme[1]?.toUpperCase() ?? '');
  return verify?.(scheme[2] ?? '', password) ?? false;
}

type Verifier = (hash: string, password: Buffer) => boolean;

/** Base64 of the digest, followed by the salt if there is one (RFC 2307 5.3 and its salted successors). */
function digest(algorithm: string, digestBytes: number): Verifier {
  return (hash, password) => {
    const bytes = Buffer.from(hash, 'base64');
    const salt = bytes.subarray(digestBytes);
    return equal(bytes.subarray(0, digestBytes), createHash(algorithm).update(password).update(salt).digest());
  };
}

/** `rounds$salt$key`, in passlib's base64 with a dot for the plus: OpenLDAP's pw-pbkdf2. */
function pbkdf2(algorithm: string): Verifier {
  return (hash, password) => {
    const [, rounds, salt = '', key = ''] = /^(\d{1,7})\$([^$]+)\$([^$]+)$/.exec(hash.replaceAll('.', '+')) ?? [];
    const expected = Buffer.from(key, 'base64');
    if (!(Number(rounds) > 0) || expected.length === 0) return false;
    return equal(expected, pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(rounds), expected.length, algorithm));
  };
}

const ARGON2 = /^\$(argon2id|argon2i)\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([^$]+)\$([^$]+)$/;

const argon2: Verifier = (hash, password) => {
  const [, name, memory, passes, parallelism, salt = '', tag = ''] = ARGON2.exec(hash) ?? [];
  if (name !== 'argon2id' && name !== 'argon2i') return false;
  const expected = Buffer.from(tag, 'base64');
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism), tagLength: expected.length };
  return equal(expected, argon2Sync(name, { message: password, nonce: Buffer.from(salt, 'base64'), ...cost }));
};

const SCHEMES: ReadonlyMap<string, Verifier> = new Map([
  ['MD5', digest('md5', 16)],
  ['SMD5', digest('md5', 16)],
  ['SHA', digest('sha1', 20)],
  ['SSHA', digest('sha1', 20)],
  ['SHA256', digest('sha256', 32)],
  ['SSHA256', digest('sha256', 32)],
  ['SHA384', digest('sha384', 48)],
  ['SSHA384', digest('sha384', 48)],
  ['SHA512', digest('sha512', 64)],
  ['SSHA512', digest('sha512', 64)],
  ['PBKDF2', pbkdf2('sha1')],
  ['PBKDF2-SHA1', pbkdf2('sha1')],
  ['PBKDF2-SHA256', pbkdf2('sha256')],
  ['PBKDF2-SHA512', pbkdf2('sha512')],
  ['ARGON2', argon2],
]);

// Hashed first: timingSafeEqual takes buffers of one length only, and the length is a secret too.
function equal(one: Buffer, other: Buffer): boolean {
  return timingSafeEqual(sha256(one), sha256(other));
}

function sha256(value: Buffer): Buffer {
  return createHash('sha256').update(value).digest();
}
