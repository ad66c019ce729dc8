import { expect, test } from '@jest/globals';

import type { Ask } from '../support/ask.ts';
import type { Stage } from './contract-suite.ts';
import type { Member } from './members.ts';
import { UNKNOWN_NAMES } from './unknown-names.ts';
import { summarise, WRONG_PASSWORD } from './verdicts.ts';

export type DirectBindRows = {
  /** LDAP_USER_DN_TEMPLATE. */
  readonly template: string;
  /** What the template makes of a name. */
  readonly makes: 'DNs' | 'principal names';
  /** What each types where the template is in use. */
  readonly members: readonly { readonly typed: string; readonly member: Member }[];
};

/** A direct bind never says that a name is unknown: the directory does not tell. */
export function checkDirectBind(stage: Stage, rows: DirectBindRows): void {
  const service = (): Ask => {
    const { LDAP_URL = '', LDAP_TLS_CA = '', LDAP_DIRECTORY = '' } = stage.directory().environment;
    const searching = { LDAP_BIND_DN: '', LDAP_BIND_PASSWORD: '', LDAP_BASE_DN: '' }; // an empty variable is an unset one
    return stage.serviceWith({ ...searching, LDAP_URL, LDAP_TLS_CA, LDAP_DIRECTORY, LDAP_USER_DN_TEMPLATE: rows.template });
  };
  const members = rows.members.map(({ typed, member }) => [member.trait, typed, member] as const);
  test.each(members)('is valid with the right password: %s: %s', async (_trait, typed, member) => {
    const { http, body } = await service()(typed, member.password);
    const { user, ...others } = body;
    expect({ http, ...others }).toEqual({ http: 200, status: 0, message: 'auth ok', reason: 'authenticated' });
    expect(user).toEqual(stage.identityOf(member));
    stage.counter.add(1);
  });
  test.each(members)('is wrong with any other: %s: %s', async (_trait, username, member) => {
    const rows = member.wrong.slice(0, 4).map((password) => ({ username, password, expected: WRONG_PASSWORD }));
    await stage.counter.checkAll(service(), rows);
  });
  test.each(UNKNOWN_NAMES.map((name) => [name]))('never tells that a name is unknown: %j', async (name) => {
    const answer = summarise(await service()(name, 'Passw0rd-alice'));
    const isAnotherKindOfName = rows.makes === 'principal names' && /[@\\/]/.test(name);
    expect(answer).toEqual(isAnotherKindOfName ? MALFORMED : WRONG_PASSWORD);
    stage.counter.add(1);
  });
}

const MALFORMED = {
  http: 400,
  status: 4,
  message: 'invalid request',
  reason: 'malformed-request',
  problems: [{ field: 'username', expected: expect.any(String) }],
};
