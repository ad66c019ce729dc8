import { afterAll, beforeAll, describe, test } from '@jest/globals';

import { type Ask, makeService } from '../support/ask.ts';
import type { StartedDirectory } from '../support/servers/server.ts';
import { checkDirectBind, type DirectBindRows } from './contract-direct-bind.ts';
import { checkTransport, type TransportRows } from './contract-transport.ts';
import type { Member } from './members.ts';
import { AMBIGUOUS_MAIL } from './people.ts';
import { UNKNOWN_NAMES } from './unknown-names.ts';
import { AMBIGUOUS, type ExpectedIdentity, FAULT, UNKNOWN, validAs, VerdictCounter, WRONG_PASSWORD } from './verdicts.ts';

/** A spelling that this directory takes for a member's name, or does not. */
export type Spelling = {
  readonly typed: string;
  /** A member's trait, `nobody`, or `unanswered` where the server fails at a search for such a name. */
  readonly means: string;
};

/** What is the same question on every directory, and what this one's own matching makes of it. */
export type Contract = {
  readonly members: readonly Member[];
  /** Who is who, as the directory itself prints it, by the members' marks. */
  readonly identities: (directory: StartedDirectory) => Promise<ReadonlyMap<string, ExpectedIdentity>>;
  readonly spellings: readonly Spelling[];
  /** A filter on mail, in which the twins are ambiguous. */
  readonly mailFilter: string;
  readonly transport: TransportRows;
  readonly directBind: DirectBindRows;
  /** Rows of this directory alone. */
  readonly others?: (stage: Stage) => void;
};

/** A directory that has been started, the service in front of it, and who is in it. */
export type Stage = {
  readonly directory: () => StartedDirectory;
  /** The service with these variables changed. */
  readonly serviceWith: (changes: Readonly<Record<string, string>>) => Ask;
  readonly identityOf: (member: Member) => ExpectedIdentity;
  readonly counter: VerdictCounter;
};

/** The contract, asked of one directory: the same rows on every one of them. */
export function describeContract(name: string, start: () => Promise<StartedDirectory>, contract: Contract): void {
  describe(`${name} keeps the contract`, () => {
    const stage = setStage(name, start, contract);
    describe('the right password is valid, and the answer says who it was', () => {
      checkRightPasswords(stage, contract);
    });
    describe('any other password is wrong', () => {
      checkWrongPasswords(stage, contract);
    });
    describe('a name that no entry has is unknown', () => {
      checkUnknownNames(stage, contract);
    });
    describe("names match as the directory's own rules say", () => {
      checkSpellings(stage, contract);
    });
    describe('a name of two entries is ambiguous', () => {
      checkAmbiguity(stage, contract);
    });
    describe('a direct bind', () => {
      checkDirectBind(stage, contract);
    });
    describe('transport and service account', () => {
      checkTransport(stage, contract.transport, contract.members);
    });
    contract.others?.(stage);
  });
}

function setStage(name: string, start: () => Promise<StartedDirectory>, contract: Contract): Stage {
  const started: { directory?: StartedDirectory; identities?: ReadonlyMap<string, ExpectedIdentity> } = {};
  const counter = new VerdictCounter(name);
  const directory = (): StartedDirectory => {
    if (started.directory === undefined) throw new Error(`${name} did not start`);
    return started.directory;
  };
  beforeAll(async () => {
    started.directory = await start();
    started.identities = await contract.identities(started.directory);
  });
  afterAll(async () => {
    counter.report(name);
    await started.directory?.stop();
  });
  return {
    directory,
    serviceWith: (changes) => makeService({ ...directory().environment, ...changes }),
    identityOf: (member) => {
      const identity = started.identities?.get(member.mark);
      if (identity === undefined) throw new Error(`${name} has no entry for ${member.trait}`);
      return identity;
    },
    counter,
  };
}

function checkRightPasswords(stage: Stage, { members }: Contract): void {
  const rows = members
    .filter(({ hasPassword }) => hasPassword)
    .flatMap((member) => member.typed.map((typed) => [member.trait, typed, member] as const));
  test.each(rows)('%s: %s', async (_trait, typed, member) => {
    await stage.counter.check(stage.serviceWith({}), typed, member.password, validAs(stage.identityOf(member)));
  });
}

function checkWrongPasswords(stage: Stage, { members }: Contract): void {
  test.each(members.map((member) => [member.trait, member] as const))('%s', async (_trait, member) => {
    const [username] = member.typed;
    const rows = member.wrong.map((password) => ({ username, password, expected: WRONG_PASSWORD }));
    await stage.counter.checkAll(stage.serviceWith({}), rows);
  });
}

/** What this directory makes of a name; undefined: what every other one does. */
export function meaningOf({ spellings }: Contract, name: string): string | undefined {
  return spellings.find(({ typed }) => typed === name)?.means;
}

function checkUnknownNames(stage: Stage, contract: Contract): void {
  const names = UNKNOWN_NAMES.filter((name) => meaningOf(contract, name) === undefined);
  test.each(names.map((name) => [name]))('%j', async (name) => {
    await stage.counter.check(stage.serviceWith({}), name, 'Passw0rd-alice', UNKNOWN);
  });
}

function checkSpellings(stage: Stage, { members, spellings }: Contract): void {
  test.each(spellings.map(({ typed, means }) => [typed, means] as const))('%j means %s', async (typed, means) => {
    const member = members.find(({ trait }) => trait === means);
    const nobody = means === 'unanswered' ? FAULT : UNKNOWN;
    const expected = member === undefined ? nobody : validAs(stage.identityOf(member));
    await stage.counter.check(stage.serviceWith({}), typed, member?.password ?? 'whatever', expected);
  });
}

function checkAmbiguity(stage: Stage, { members, mailFilter }: Contract): void {
  const byMail = (): Ask => stage.serviceWith({ LDAP_USER_FILTER: mailFilter });
  const twins = members.filter(({ mail }) => mail === AMBIGUOUS_MAIL);
  test.each([...twins.map(({ password }) => password), 'wrong'])('whatever the password: %s', async (password) => {
    await stage.counter.check(byMail(), AMBIGUOUS_MAIL, password, AMBIGUOUS);
  });
  test.each(members.filter(({ mail }) => mail !== undefined && mail !== AMBIGUOUS_MAIL).map((member) => [member.trait, member] as const))(
    'but the mail address of one is found: %s',
    async (_trait, member) => {
      await stage.counter.check(byMail(), member.mail ?? '', member.password, validAs(stage.identityOf(member)));
    },
  );
}
