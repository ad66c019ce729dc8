import { expect, test } from '@jest/globals';

import type { Ask } from '../support/ask.ts';
import { type Contract, meaningOf, type Stage } from './contract-suite.ts';
import type { Member } from './members.ts';
import { unescapeDn } from './dn.ts';
import { UNKNOWN_NAMES } from './unknown-names.ts';
import { summarise, validAs, WRONG_PASSWORD } from './verdicts.ts';

export type DirectBindRows = {
  /** LDAP_USER_DN_TEMPLATE. */
  readonly template: string;
  /** What the template makes of a name. */
  readonly makes: 'DNs' | 'principal names';
  /** Whose escapes are in the DN of an answer: ApacheDS repeats the DN that it was asked for. */
  readonly escapes: 'of the entry' | 'of the template';
  /** What a server does at a name that it cannot read: refuses it, unless said otherwise. */
  readonly unreadable?: 'hung up';
  /** What each types where the template is in use. */
  readonly members: readonly { readonly typed: string; readonly member: Member }[];
};

/** A direct bind never says that a name is unknown: the directory does not tell. */
export function checkDirectBind(stage: Stage, contract: Contract): void {
  const { directBind: rows } = contract;
  const service = (): Ask => {
    const { LDAP_URL = '', LDAP_TLS_CA = '', LDAP_DIRECTORY = '' } = stage.directory().environment;
    const searching = { LDAP_BIND_DN: '', LDAP_BIND_PASSWORD: '', LDAP_BASE_DN: '', LDAP_USER_FILTER: '' }; // an empty variable is an unset one
    return stage.serviceWith({ ...searching, LDAP_URL, LDAP_TLS_CA, LDAP_DIRECTORY, LDAP_USER_DN_TEMPLATE: rows.template });
  };
  const spelled = (answer: object): object => (rows.escapes === 'of the template' ? withPlainDn(answer) : answer);
  const members = rows.members.map(({ typed, member }) => [member.trait, typed, member] as const);
  test.each(members)('is valid with the right password: %s: %s', async (_trait, typed, member) => {
    const answer = summarise(await service()(typed, member.password));
    expect(spelled(answer)).toEqual(spelled(validAs(stage.identityOf(member))));
    stage.counter.add(1);
  });
  test.each(members)('is wrong with any other: %s: %s', async (_trait, username, member) => {
    const rows = member.wrong.slice(0, 4).map((password) => ({ username, password, expected: WRONG_PASSWORD }));
    await stage.counter.checkAll(service(), rows);
  });
  const plain = UNKNOWN_NAMES.filter((name) => meaningOf(contract, name) === undefined);
  test.each(plain.map((name) => [name]))('never tells that a name is unknown: %j', async (name) => {
    const answer = summarise(await service()(name, 'Passw0rd-alice'));
    const isAnotherKindOfName = rows.makes === 'principal names' && /[@\\/]/.test(name);
    expect(answer).toEqual(isAnotherKindOfName ? MALFORMED : WRONG_PASSWORD);
    stage.counter.add(1);
  });
  for (const { typed, means } of contract.spellings.filter(({ typed: name }) => UNKNOWN_NAMES.includes(name))) {
    test(`${JSON.stringify(typed)}, which to a search is ${means}`, async () => {
      const member = contract.members.find(({ trait }) => trait === means);
      const answer = summarise(await service()(typed, member?.password ?? 'whatever'));
      const nobody = rows.unreadable === 'hung up' ? UNANSWERED : WRONG_PASSWORD;
      expect(answer).toEqual(member === undefined ? nobody : validAs(stage.identityOf(member)));
      stage.counter.add(1);
    });
  }
}

const UNANSWERED = {
  http: 503,
  status: 5,
  message: 'directory unavailable',
  reason: 'directory-unreachable',
  attempted: true,
};

/** The DN without its escapes, for one that is spelled with others. */
function withPlainDn(answer: object): object {
  return JSON.parse(JSON.stringify(answer, (name, value: unknown) => (name === 'dn' ? unescapeDn(String(value)) : value))) as object;
}

const MALFORMED = {
  http: 400,
  status: 4,
  message: 'invalid request',
  reason: 'malformed-request',
  problems: [{ field: 'username', expected: expect.any(String) }],
};
