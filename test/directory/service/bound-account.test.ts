import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';

import { DIRECTORY_KINDS } from '../../../src/config/directory-kinds.ts';
import type { DirectoryKind } from '../../../src/config/config.ts';
import { Deadline } from '../../../src/core/deadline.ts';
import { Secret } from '../../../src/core/secret.ts';
import { BoundAccounts, type Learned } from '../../../src/directory/service/bound-account.ts';
import type { SearchEntry } from '../../../src/ldap/message.ts';
import { socketFailure } from '../../../src/ldap/failure.ts';
import { ServiceAccount } from '../../../src/directory/service/account.ts';
import type { Credential } from '../../../src/directory/service/credentials.ts';
import type { Session } from '../../../src/ldap/session.ts';
import { hex } from '../../ldap/bytes.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function credentialOf(password: string): Credential {
  return { password: new Secret(password), account: new ServiceAccount(() => 0) };
}
const ours = credentialOf('ours');

function entry(dn: string, attributes: Readonly<Record<string, readonly (string | Buffer)[]>> = {}): SearchEntry {
  return {
    dn,
    attributes: Object.entries(attributes).map(([description, values]) => ({
      description,
      values: values.map((value) => Buffer.from(value)),
    })),
  };
}

type Reply = { readonly ok: boolean } & Readonly<Record<string, unknown>>;
function said(identity: string | undefined, code = 0): Reply {
  return { ok: true, result: { code, diagnostic: '' }, identity };
}
function shown(attributes: Readonly<Record<string, readonly Buffer[]>>, code = 0): Reply {
  return { ...{ ok: true, references: [], result: { code, diagnostic: '' } }, entries: code === 0 ? [entry('', attributes)] : [] };
}
const FAILURE = socketFailure('session', undefined);
const BROKEN: Reply = { ok: false, failure: FAILURE, sent: true };

/** What is asked in so many connections that are answered like this, in turn. */
function stage(kind: DirectoryKind, bindName: string, replies: readonly (Reply | Promise<Reply>)[]) {
  const accounts = new BoundAccounts(DIRECTORY_KINDS[kind], bindName, () => Date.now());
  let asked = 0;
  const next = (): Promise<Reply> => {
    const reply = replies[Math.min(asked, replies.length - 1)];
    asked += 1;
    return Promise.resolve(reply ?? BROKEN);
  };
  const session = { whoAmI: next, search: next } as unknown as Session;
  return {
    asked: () => asked,
    learn: (credential = ours, name = 'ldaps://one'): Promise<Learned> =>
      accounts.learn(credential, { server: { name, host: 'one', port: 636, transport: 'tls' }, session, slice: Deadline.in(5000) }),
  };
}

async function ownOf(kind: DirectoryKind, bindName: string, reply: Reply, entries: readonly SearchEntry[]): Promise<readonly boolean[]> {
  const learned = await stage(kind, bindName, [reply]).learn();
  if (!learned.ok) throw new Error('not learned');
  return entries.map((one) => learned.account.isOwnEntry(one));
}

const BIND_DN = 'cn=svc,ou=services,dc=example';

describe('"Who am I?"', () => {
  test.each([
    ['OpenLDAP', 'dn:cn=svc,ou=services,dc=example'],
    ['389DS', 'dn: cn=svc,ou=services,dc=example'],
    ['another spelling', 'DN:CN=Svc , OU=Services,dc=example'],
  ])('names the entry: %s', async (_server, identity) => {
    const entries = [
      entry('cn=svc,ou=services,dc=example'),
      entry('uid=alice,ou=people,dc=example'),
      entry('cn=x,cn=svc,ou=services,dc=example'),
    ];
    expect(await ownOf('openldap', 'whatever=it says', said(identity), entries)).toEqual([true, false, false]);
  });

  test('names another entry than LDAP_BIND_DN where a proxy rewrites DNs: either is its own', async () => {
    const entries = [entry('cn=svc,dc=real'), entry(BIND_DN), entry('cn=svc,dc=other')];
    expect(await ownOf('openldap', BIND_DN, said('dn:cn=svc,dc=real'), entries)).toEqual([true, true, false]);
  });

  test.each([
    ['nobody', said('')],
    ['nothing', said(undefined)],
    ['an empty DN', said('dn:')],
    ['a name that is no DN', said('u:CORP\\svc')],
    ['no such extension', said(undefined, 2)],
    ['no right to ask', said('dn:cn=somebody', 50)],
  ])('that is answered with %s leaves the text of LDAP_BIND_DN', async (_answer, reply) => {
    const entries = [entry('CN=svc,OU=Services,dc=example'), entry('uid=svc,ou=services,dc=example'), entry('cn=somebody')];
    expect(await ownOf('389ds', BIND_DN, reply, entries)).toEqual([true, true, false]); // too wide rather than too narrow
  });
});

describe("the root DSE's tokenGroups", () => {
  const [own, group, other] = ['01', '02', '03'].map((rid) =>
    hex(`0105 000000000005 15000000 dcf4dc3b 833d2b46 828ba628 ${rid}040000`),
  ) as [Buffer, Buffer, Buffer];
  const told = shown({ tokenGroups: [own, group] });

  test('hold the SID of the entry, whatever its names are', async () => {
    const entries = [
      entry('CN=renamed,DC=corp', { objectSid: [own] }),
      entry('CN=svc,DC=corp', { objectSid: [other], sAMAccountName: ['svc'] }),
    ];
    expect(await ownOf('active-directory', 'CORP\\svc', told, entries)).toEqual([true, false]);
  });

  test('of an entry that does not show its SID the text decides', async () => {
    const entries = [entry('CN=svc,DC=corp', { sAMAccountName: ['svc'] }), entry('CN=alice,DC=corp', { sAMAccountName: ['alice'] })];
    expect(await ownOf('active-directory', 'CORP\\svc', told, entries)).toEqual([true, false]);
  });

  const people = [
    entry('CN=The Service,DC=corp', { objectSid: [other], sAMAccountName: ['svc'], userPrincipalName: ['service@corp.example'] }),
    entry('CN=Alice,DC=corp', { objectSid: [group], sAMAccountName: ['alice'], userPrincipalName: ['alice@corp.example'] }),
  ];
  test.each([
    ['CORP\\svc'],
    ['corp\\SVC'],
    ['service@corp.example'],
    ['svc@corp.example'],
    ['SERVICE@other.example'],
    ['corp.example/services/The Service'],
    ['svc'],
    ['cn=the service,dc=CORP'],
    ['S-1-5-21-1004336348-1177238915-682003330-1027'],
    ['<SID=S-1-5-21-1004336348-1177238915-682003330-1027>'],
  ])('that are not shown leave the text: %s', async (bindName) => {
    for (const silent of [shown({}), shown({}, 1)])
      expect(await ownOf('active-directory', bindName, silent, people)).toEqual([true, false]);
  });
});

describe('a server is asked', () => {
  const told = said('dn:cn=svc');

  test('once, and again after five minutes', async () => {
    const { learn, asked } = stage('openldap', BIND_DN, [told]);
    await learn();
    jest.advanceTimersByTime(299_999);
    await learn();
    expect(asked()).toBe(1);
    jest.advanceTimersByTime(1);
    await learn();
    expect(asked()).toBe(2);
  });

  test('again after a new password, and each server by itself', async () => {
    const { learn, asked } = stage('openldap', BIND_DN, [told]);
    await learn();
    await learn(credentialOf('new'));
    expect(asked()).toBe(2);
    await learn(ours, 'ldaps://two');
    expect(asked()).toBe(3);
  });

  test('once by requests that come at once; each gets the answer', async () => {
    const late = Promise.withResolvers<Reply>();
    const { learn, asked } = stage('openldap', 'x', [late.promise]);
    const both = [learn(), learn()];
    late.resolve(told);
    const own = (await Promise.all(both)).map((learned) => learned.ok && learned.account.isOwnEntry(entry('cn=svc')));
    expect([own, asked()]).toEqual([[true, true], 1]);
  });

  test('again by the next request where it was busy', async () => {
    const { learn, asked } = stage('openldap', BIND_DN, [said(undefined, 51), told]);
    const isOwn = async (): Promise<boolean> => {
      const learned = await learn();
      return learned.ok && learned.account.isOwnEntry(entry('cn=svc'));
    };
    expect([await isOwn(), await isOwn(), await isOwn(), asked()]).toEqual([false, true, true, 2]);
  });

  test('not again for a while where it hung up: a failure for the one who asked, the text for the others', async () => {
    const { learn, asked } = stage('openldap', BIND_DN, [BROKEN, told]);
    const [asking, waiting] = await Promise.all([learn(), learn()]);
    expect(asking).toEqual({ ok: false, failure: FAILURE });
    for (const learned of [waiting, await learn()]) {
      const own = learned.ok ? [BIND_DN, 'cn=svc'].map((dn) => learned.account.isOwnEntry(entry(dn))) : [];
      expect(own).toEqual([true, false]);
    }
    expect(asked()).toBe(1);
  });

  test('again where asking was a mistake of ours', async () => {
    const { learn, asked } = stage('openldap', BIND_DN, [Promise.reject(new Error('a bug')), told]);
    await expect(learn()).rejects.toThrow('a bug');
    expect((await learn()).ok).toBe(true);
    expect(asked()).toBe(2);
  });
});
