import { afterAll, describe, expect, test } from '@jest/globals';

import { makeService } from '../support/ask.ts';
import { running } from '../support/running.ts';
import type { StartedDirectory } from '../support/servers/server.ts';
import { GROUP_PASSWORD, type GroupRow, MEMBER_LOGIN, OUTSIDER_LOGIN } from './groups.ts';
import { VerdictCounter, WRONG_PASSWORD } from './verdicts.ts';

const NOT_IN_GROUP = { http: 403, status: 3, message: 'account not usable', reason: 'not-in-required-group' } as const;
const VALID = { http: 200, status: 0, message: 'auth ok', reason: 'authenticated' } as const;

/** Every group as the one that is required, with and without nesting, for a member and for an outsider. */
export function describeGroups(name: string, start: () => Promise<StartedDirectory>, rows: readonly GroupRow[]): void {
  describe(`${name} says who belongs`, () => {
    const directory = running(start);
    const counter = new VerdictCounter(name);
    afterAll(() => {
      counter.report(`${name}, groups`);
    });
    const serviceFor = (groups: readonly string[], nested: 'true' | 'false') =>
      makeService({ ...directory().environment, LDAP_REQUIRED_GROUPS: JSON.stringify(groups), LDAP_NESTED_GROUPS: nested });
    const verdictOf = async (groups: readonly string[], nested: 'true' | 'false', login: string): Promise<object> => {
      const { http, body } = await serviceFor(groups, nested)(login, GROUP_PASSWORD);
      return { http, status: body['status'], message: body['message'], reason: body['reason'] };
    };

    describe.each(['true', 'false'] as const)('nested groups: %s', (nested) => {
      test.each(rows.map((row) => [row.sentence, row] as const))('%s', async (_sentence, row) => {
        const isIn = row.member === 'in' || (row.member === 'only when nested groups count' && nested === 'true');
        const outsiderIsIn = isIn && row.everybody === true;
        expect({
          member: await verdictOf([row.group], nested, MEMBER_LOGIN),
          outsider: await verdictOf([row.group], nested, row.member === 'out' ? MEMBER_LOGIN : OUTSIDER_LOGIN),
        }).toEqual({ member: isIn ? VALID : NOT_IN_GROUP, outsider: outsiderIsIn ? VALID : NOT_IN_GROUP });
        counter.add(2);
      });
    });
    test('any one of several is enough', async () => {
      const groups = rows.filter(({ member }) => member !== 'only when nested groups count').map(({ group }) => group);
      expect(await verdictOf(groups, 'false', MEMBER_LOGIN)).toEqual(VALID);
      counter.add(1);
    });
    test('a wrong password is wrong, whatever the groups', async () => {
      for (const { group } of rows) await counter.check(serviceFor([group], 'true'), MEMBER_LOGIN, 'wrong', WRONG_PASSWORD);
    });
    test('a group that does not exist is nobody’s verdict', async () => {
      const missing = (rows[0]?.group ?? '').replace(/^[^,]+/, 'cn=no-such-group');
      const answer = await serviceFor([missing], 'true')(MEMBER_LOGIN, GROUP_PASSWORD);
      expect({ http: answer.http, status: answer.body['status'] }).toEqual({ http: 503, status: 5 });
      counter.add(1);
    });
  });
}
