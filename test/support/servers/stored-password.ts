import { argon2Sync, createHash, pbkdf2Sync, randomBytes } from 'node:crypto';

/** How a directory holds a password. */
export type Scheme =
  | 'plain'
  | 'MD5'
  | 'SMD5'
  | 'SHA'
  | 'SSHA'
  | 'SHA256'
  | 'SSHA256'
  | 'SHA384'
  | 'SSHA384'
  | 'SHA512'
  | 'SSHA512'
  | 'PBKDF2'
  | 'PBKDF2-SHA1'
  | 'PBKDF2-SHA256'
  | 'PBKDF2-SHA512'
  | 'ARGON2i'
  | 'ARGON2id';

type Hash = (password: string) => string;

function digest(name: string, saltBytes: 0 | 16): Hash {
  return (password) => {
    const salt = randomBytes(saltBytes);
    return Buffer.concat([createHash(name).update(password).update(salt).digest(), salt]).toString('base64');
  };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}

/** passlib's "adapted" base64: a dot for the plus. */
function pbkdf2(name: string, length: number): Hash {
  return (password) => {
    const salt = randomBytes(16);
    const key = pbkdf2Sync(password, salt, 1000, length, name);
    return ['1000', unpadded(salt), unpadded(key)].join('$').replaceAll('+', '.');
  };
}

function argon2(name: 'argon2i' | 'argon2id'): Hash {
  return (password) => {
    const nonce = randomBytes(16);
    const key = argon2Sync(name, { message: password, nonce, parallelism: 1, tagLength: 32, memory: 4096, passes: 3 });
    return `$${name}$v=19$m=4096,t=3,p=1$${unpadded(nonce)}$${unpadded(key)}`;
  };
}

const HASHES: Readonly<Record<Scheme, readonly [label: string, hash: Hash]>> = {
  plain: ['', (password) => password],
  MD5: ['{MD5}', digest('md5', 0)],
  SMD5: ['{SMD5}', digest('md5', 16)],
  SHA: ['{SHA}', digest('sha1', 0)],
  SSHA: ['{SSHA}', digest('sha1', 16)],
  SHA256: ['{SHA256}', digest('sha256', 0)],
  SSHA256: ['{SSHA256}', digest('sha256', 16)],
  SHA384: ['{SHA384}', digest('sha384', 0)],
  SSHA384: ['{SSHA384}', digest('sha384', 16)],
  SHA512: ['{SHA512}', digest('sha512', 0)],
  SSHA512: ['{SSHA512}', digest('sha512', 16)],
  PBKDF2: ['{PBKDF2}', pbkdf2('sha1', 20)],
  'PBKDF2-SHA1': ['{PBKDF2-SHA1}', pbkdf2('sha1', 20)],
  'PBKDF2-SHA256': ['{PBKDF2-SHA256}', pbkdf2('sha256', 32)],
  'PBKDF2-SHA512': ['{PBKDF2-SHA512}', pbkdf2('sha512', 64)],
  ARGON2i: ['{ARGON2}', argon2('argon2i')],
  ARGON2id: ['{ARGON2}', argon2('argon2id')],
};

/** The value of userPassword that holds this password (RFC 2307 5.3, slapd.conf(5) password-hash). */
export function store(password: string, scheme: Scheme): string {
  const [label, hash] = HASHES[scheme];
  return label + hash(password);
}

/** Seven characters, because DES looks at no more than eight. */
export const CRYPT_PASSWORD = 'Pw:1984';

/** What crypt(3) of libxcrypt makes of CRYPT_PASSWORD: `perl -e 'print crypt("Pw:1984", "$y$j9T$…")'`. */
export const CRYPT_VALUES: readonly (readonly [kind: string, value: string])[] = [
  ['DES', 'abWsn90mQ1AWs'],
  ['BSDi DES', '_J9..salttkg4iXcFa6k'],
  ['$1$ MD5', '$1$saltsalt$m5qoDeGj6G.NRZZNZz5jZ/'],
  ['$md5 SunMD5', '$md5,rounds=100$saltsalt$$xWlKPqOxydzfQ54Mlue411'],
  ['$sha1 NetBSD', '$sha1$100$saltsalt$BcZBssf0v8HaB4arlY4r1DakqUFs'],
  ['$2b$ bcrypt', '$2b$05$abcdefghijklmnopqrstuuibrUPNdDvssf05FLsOkEulJ1z1UKyLW'],
  ['$5$ SHA-256', '$5$saltsaltsaltsalt$bS4KiMg6eOuKo47IsBYOVoAk7.QdJyI0Urk/RE1Pje/'],
  ['$6$ SHA-512', '$6$saltsaltsaltsalt$Pj1uH42FtdbOx1zfCp0UorE6BEdhB2Mmp5tsNwFFHuvpqI6LlvkeonQtsdmpPWFa7CRM3M7zXMzqpnxnO38Rc1'],
  ['$7$ scrypt', '$7$CU..../....2Q9obwLhin8qvQl6sisAO/$WU4aoHTXPKrbIQTjQZIDTK0.GLKpWIL6SD93CNpLSpC'],
  ['$y$ yescrypt', '$y$j9T$F5Jx5fExrKuPp53xLKQ..1$9BAuRBdxHBvVd8tbbHmdzl1e5vyT4JoL5Y4wIOh3.x0'],
  ['$gy$ gost-yescrypt', '$gy$j9T$F5Jx5fExrKuPp53xLKQ..1$MVF4Hm2eqfhMeaDa4Si8gzIIKyAN4D2UutudGAwJqb6'],
];
