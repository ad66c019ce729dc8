import { CRYPT_PASSWORD, CRYPT_VALUES, type Scheme } from '../support/servers/stored-password.ts';

/** A directory that the contract suite asks. */
export type Place = 'openldap' | 'samba' | '389ds' | 'apacheds' | 'ldapjs' | 'embedded';

/** Somebody who can log in, whatever the directory. */
export type Person = {
  /** What is awkward about them; the test's name. */
  readonly trait: string;
  /** The first one is in the DN. */
  readonly logins: readonly [string, ...string[]];
  readonly password: string;
  /** How userPassword holds it: a scheme, a ready value, or not at all. */
  readonly stored?: Scheme | { readonly value: string } | 'not at all';
  /** Other spellings that every directory takes for the same name. */
  readonly alsoTyped?: readonly string[];
  /** Organizational units above the entry, from the lowest. */
  readonly units?: readonly string[];
  /** The attributes of the RDN; `uid` unless said otherwise. */
  readonly rdn?: 'uid' | 'cn' | 'cn+uid';
  readonly objectClass?: 'inetOrgPerson' | 'account';
  readonly mail?: string;
  /** Where such an entry can be; everywhere unless said otherwise. */
  readonly only?: readonly Place[];
};

export const AMBIGUOUS_MAIL = 'twins@example.org';

function named(trait: string, login: string, others: Partial<Person> = {}): Person {
  return {
    trait,
    logins: [login],
    password: `Passw0rd of ${trait}`,
    ...others,
  };
}

/** ApacheDS takes no character beyond the basic plane. */
const BESIDES_APACHEDS: readonly Place[] = ['openldap', 'samba', '389ds', 'embedded'];

const NAMES: readonly Person[] = [
  named('a plain name', 'alice', { password: 'Passw0rd-alice', alsoTyped: ['ALICE', 'Alice'], mail: 'alice@example.org' }),
  named('capitals inside', 'McDonald', { alsoTyped: ['mcdonald'] }),
  named('umlauts', 'jürgen.müßig'),
  named('a composed accent', 'ren\u00e9e'),
  named('a decomposed accent', 'andre\u0301'),
  named('Chinese', '张伟'),
  named('an emoji', '🦊fuchs', { only: BESIDES_APACHEDS }),
  named('an emoji joined of several', '👩\u200d👩\u200d👧', { only: BESIDES_APACHEDS }),
  named('Cyrillic', 'Дмитрий', { alsoTyped: ['дмитрий'] }),
  named('Arabic', 'محمد'),
  named('a comma', 'comma,name'),
  named('a plus', 'plus+name'),
  named('double quotes', 'quo"t"e'),
  named('an apostrophe', "o'brien"),
  named('parentheses', 'paren(theses)'),
  named('an unbalanced parenthesis', 'par)en'),
  named('an asterisk', 'aste*risk'),
  named('what that asterisk would match', 'asteXXrisk'),
  named('a backslash', 'back\\slash'),
  named('a backslash and hex digits', 'back\\2aslash'),
  named('a number sign in front', '#hash'),
  named('a space in front', ' leading'),
  named('a space at the end', 'trailing '),
  named('spaces inside', 'ada  lovelace'),
  named('semicolon and angle brackets', 'semi;<angle>'),
  named('an equals sign and a slash', 'equals=sl/ash'),
  named('a percent sign and braces', '%s{username}$&'),
  named('one character', 'q'),
  named('digits only', '007'),
];

const PASSWORDS: readonly Person[] = [
  named('a password with colons', 'pw.colons', { password: 'a:b::c:' }),
  named('a password with spaces at both ends', 'pw.spaces', { password: '  two before, one after ' }),
  named('a password of one space', 'pw.space', { password: ' ' }),
  named('a non-ASCII password', 'pw.unicode', { password: 'Pässwörd-漢字-🔑' }),
  named('a decomposed password', 'pw.decomposed', { password: 'Cafe\u0301-Ångström' }),
  named('a password of 256 characters', 'pw.256', { password: 'Aa1-'.repeat(64) }),
  named('a password of 256 characters beyond the basic plane', 'pw.256emoji', { password: '🔑🦊'.repeat(128) }),
  named('a password of 1024 bytes', 'pw.1024', { password: 'Bb2+'.repeat(256), only: ['openldap', '389ds', 'apacheds', 'embedded'] }), // AD: 256 UTF-16 units
  named('a password full of metacharacters', 'pw.meta', { password: '*)(uid=*\\2a"\'{username}$&%00<>#,+;=' }),
  named('a password with line breaks and a tab', 'pw.control', { password: 'line\r\nbreak\ttab' }),
  named('a password that looks like a hash', 'pw.hashlike', { password: '{SSHA}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }),
  named('a password of one character', 'pw.short', { password: 'x' }),
];

const SHAPES: readonly Person[] = [
  named('two login names', 'bart', { logins: ['bart', 'bsimpson'] }),
  named('one of two entries with the same mail address', 'twin.one', { mail: AMBIGUOUS_MAIL }),
  named('the other of them', 'twin.two', { mail: AMBIGUOUS_MAIL }),
  named('no password', 'nopassword', { stored: 'not at all' }),
  named('a unit with a comma', 'unit.comma', { units: ['Sales, Europe'] }),
  named('units with quotes, plus, number sign and spaces', 'unit.odd', { units: [' "R+D" ', '#ops'] }),
  named('an RDN of another attribute', 'cn.rdn', { rdn: 'cn' }),
  named('an RDN of two attributes', 'two.rdn', { rdn: 'cn+uid', only: ['openldap', '389ds', 'embedded'] }),
  named('an account that is no person', 'svc.account', { objectClass: 'account', only: ['openldap'] }),
  named('a name of 256 characters', 'long'.repeat(64), { rdn: 'cn', only: ['openldap', '389ds', 'apacheds', 'embedded'] }),
];

const SCHEME_NAMES = [
  ...['plain', 'MD5', 'SMD5', 'SHA', 'SSHA', 'SHA256', 'SSHA256', 'SHA384', 'SSHA384', 'SHA512', 'SSHA512'],
  ...['PBKDF2', 'PBKDF2-SHA1', 'PBKDF2-SHA256', 'PBKDF2-SHA512', 'ARGON2i', 'ARGON2id'],
] as const satisfies readonly Scheme[];

/** 389DS has no ARGON2, and calls its PBKDF2 otherwise. */
const NOT_ON_389DS: ReadonlySet<Scheme> = new Set(['PBKDF2', 'ARGON2i', 'ARGON2id']);
const NOT_ON_APACHEDS = /^(?:PBKDF2|ARGON2)/;

function offeringOf(scheme: Scheme): readonly Place[] {
  return [
    'openldap',
    'embedded',
    ...(NOT_ON_389DS.has(scheme) ? [] : (['389ds'] as const)),
    ...(NOT_ON_APACHEDS.test(scheme) ? [] : (['apacheds'] as const)),
  ];
}

/** What ApacheDS reads of crypt(3). */
const CRYPT_ON_APACHEDS = /^(?:DES|\$[156]\$)/;

const SCHEMES: readonly Person[] = [
  ...SCHEME_NAMES.map((scheme) =>
    named(`a password kept as ${scheme}`, `kept.${scheme.toLowerCase()}`, {
      stored: scheme,
      only: offeringOf(scheme),
    }),
  ),
  ...CRYPT_VALUES.map(([kind, value], index) =>
    named(`a password kept as {CRYPT} ${kind}`, `kept.crypt.${String(index)}`, {
      password: CRYPT_PASSWORD,
      stored: { value: `{CRYPT}${value}` },
      only: ['openldap', '389ds', ...(CRYPT_ON_APACHEDS.test(kind) ? (['apacheds'] as const) : [])],
    }),
  ),
];

/** Everybody that this directory can hold. */
export function peopleOf(place: Place): readonly Person[] {
  return [...NAMES, ...PASSWORDS, ...SHAPES, ...SCHEMES].filter((person) => person.only?.includes(place) ?? true);
}
