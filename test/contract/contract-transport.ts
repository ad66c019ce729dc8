import { expect, test } from '@jest/globals';

import { Authority } from '../../tools/demo-directory/certificates.ts';
import { Sandbox } from '../support/servers/sandbox.ts';
import type { Stage } from './contract-suite.ts';
import type { Member } from './members.ts';
import { SERVICE_REFUSED, TLS_FAILURE, UNKNOWN, validAs, WRONG_PASSWORD } from './verdicts.ts';

export type TransportRows = {
  /** Whether the server takes simple binds without TLS; if not, that is a TLS failure, not a refusal. */
  readonly plaintext: 'taken' | 'refused';
  /** What the server does not speak: where it is needed, nothing but a TLS failure can come of it. */
  readonly lacks?: readonly Need[];
};

type Need = 'StartTLS' | 'TLS 1.3';

type Change = (stage: Stage, strangersCa: string) => Readonly<Record<string, string>>;

function startTls(stage: Stage): Readonly<Record<string, string>> {
  return { LDAP_URL: stage.directory().url, LDAP_STARTTLS: 'true' };
}

const TRUSTED: readonly (readonly [sentence: string, change: Change, needs: readonly Need[]])[] = [
  ['ldaps', () => ({}), []],
  ['ldaps with TLS 1.3 at least', () => ({ LDAP_TLS_MIN_VERSION: 'TLSv1.3' }), ['TLS 1.3']],
  ["ldaps by another of the certificate's names", (stage) => ({ LDAP_TLS_SERVERNAME: stage.directory().serverName }), []],
  ['StartTLS', startTls, ['StartTLS']],
  ['StartTLS with TLS 1.3 at least', (stage) => ({ ...startTls(stage), LDAP_TLS_MIN_VERSION: 'TLSv1.3' }), ['StartTLS', 'TLS 1.3']],
  [
    "StartTLS by another of the certificate's names",
    (stage) => ({ ...startTls(stage), LDAP_TLS_SERVERNAME: stage.directory().serverName }),
    ['StartTLS'],
  ],
];

const DISTRUSTED: readonly (readonly [sentence: string, change: Change])[] = [
  ['ldaps and a certificate of an unknown authority', (_stage, strangersCa) => ({ LDAP_TLS_CA: strangersCa })],
  ["ldaps and the system's authorities alone", () => ({ LDAP_TLS_CA: '' })],
  ['ldaps and a certificate for another name', () => ({ LDAP_TLS_SERVERNAME: 'another.example.org' })],
  ['StartTLS and a certificate of an unknown authority', (stage, strangersCa) => ({ ...startTls(stage), LDAP_TLS_CA: strangersCa })],
  ["StartTLS and the system's authorities alone", (stage) => ({ ...startTls(stage), LDAP_TLS_CA: '' })],
  ['StartTLS and a certificate for another name', (stage) => ({ ...startTls(stage), LDAP_TLS_SERVERNAME: 'another.example.org' })],
];

export function checkTransport(stage: Stage, rows: TransportRows, members: readonly Member[]): void {
  const [member] = members;
  if (member === undefined) throw new Error('nobody to ask for');
  const [username] = member.typed;
  const rightWrongUnknown = () => [
    { username, password: member.password, expected: validAs(stage.identityOf(member)) },
    { username, password: 'wrong', expected: WRONG_PASSWORD },
    { username: 'nobody', password: member.password, expected: UNKNOWN },
  ];
  const nothingButTheFault = (expected: object) => ['wrong', member.password].map((password) => ({ username, password, expected }));

  for (const [sentence, change, needs] of TRUSTED) {
    const missing = needs.find((need) => rows.lacks?.includes(need) === true);
    test(missing === undefined ? `${sentence} gives verdicts` : `${sentence} is a TLS failure: the server lacks ${missing}`, async () => {
      const expected = missing === undefined ? rightWrongUnknown() : nothingButTheFault(TLS_FAILURE);
      await stage.counter.checkAll(stage.serviceWith(change(stage, '')), expected);
    });
  }
  test('ldaps with the authority in a file gives verdicts', async () => {
    const sandbox = new Sandbox('ca');
    await stage.counter.checkAll(stage.serviceWith({ LDAP_TLS_CA: sandbox.write('ca.pem', stage.directory().ca) }), rightWrongUnknown());
    await sandbox.destroy();
  });
  test.each(DISTRUSTED)('%s is a TLS failure', async (_sentence, change) => {
    const { pem } = await Authority.create('A stranger');
    await stage.counter.checkAll(stage.serviceWith(change(stage, pem)), nothingButTheFault(TLS_FAILURE));
  });
  test(`a server that ${rows.plaintext === 'taken' ? 'takes' : 'refuses'} passwords in clear text`, async () => {
    const service = stage.serviceWith({ LDAP_URL: stage.directory().url, LDAP_ALLOW_PLAINTEXT: 'true' });
    await stage.counter.checkAll(service, rows.plaintext === 'taken' ? rightWrongUnknown() : nothingButTheFault(TLS_FAILURE));
  });
  test.each([
    ['a wrong password', { LDAP_BIND_PASSWORD: 'wrong' }],
    ['a name that no entry has', { LDAP_BIND_DN: 'cn=nobody,dc=example,dc=org' }],
  ])('a service account with %s is refused, and the user is not blamed', async (_sentence, change) => {
    await stage.counter.checkAll(stage.serviceWith(change), nothingButTheFault(SERVICE_REFUSED));
  });
  test('a base that does not exist is never an unknown user', async () => {
    const answer = await stage.serviceWith({ LDAP_BASE_DN: 'dc=elsewhere,dc=test' })(username, member.password);
    expect({ http: answer.http, status: answer.body['status'] }).toEqual({ http: 503, status: 5 });
    stage.counter.add(1);
  });
}
