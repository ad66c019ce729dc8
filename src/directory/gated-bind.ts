import type { Gatekeeper } from '../gate/gatekeeper.ts';
import type { Guarded } from '../gate/pass.ts';
import type { GatedUser } from '../gate/take.ts';
import type { SearchFor } from '../ldap/requests.ts';
import { type Failure, protocolError, resultFailure, timedOut } from '../ldap/failure.ts';
import type { SearchEntry } from '../ldap/message.ts';
import { answer, type Attempt, unknownFor } from './call.ts';
import type { Conversation } from './conversation.ts';
import type { UserBind } from './user-bind.ts';

/** What stands before the user's bind, and before nothing else: the service account's binds and the doctor do not pass here. */

/** The user's bind, unless one more failure could lock the account. Without a gate it is the bind alone. */
export async function bindThroughGate(
  gate: Promise<Gatekeeper> | undefined,
  user: Guarded,
  { deadline, trace }: Conversation,
  bind: () => Promise<UserBind>,
): Promise<Attempt> {
  if (gate === undefined) return (await bind()).value;
  let endGate = trace.begin('gate');
  const { pass } = await gate;
  const passed = await pass(user, deadline, async () => {
    endGate(); // the bind is another step
    const bound = await bind();
    endGate = trace.begin('gate');
    return bound;
  });
  endGate();
  if ('report' in passed) trace.gate = passed.report;
  switch (passed.kind) {
    case 'passed':
      return passed.value;
    case 'failed':
      return passed;
    case 'throttled': {
      const { retryAfterSeconds } = passed;
      const outcome = { kind: 'throttled', reason: 'user-throttled' } as const;
      return answer(retryAfterSeconds === undefined ? outcome : { ...outcome, retryAfterSeconds });
    }
    case 'no time':
      return noTime(trace);
  }
}

/** A name that leads to no bind of its own. Under `uniform` it makes the same calls to the table as one that does. */
export async function answerWithoutBind(
  gate: Promise<Gatekeeper> | undefined,
  typed: string,
  conversation: Conversation,
  otherwise: () => Promise<Attempt> | Attempt,
): Promise<Attempt> {
  if (gate === undefined) return await otherwise();
  const { deadline, trace } = conversation;
  const stoodIn = await trace.during('gate', async () => (await gate).standIn(typed, deadline));
  return stoodIn === 'done' ? await otherwise() : noTime(trace);
}

/** The entry that a search brought, and how its counter is read once more: by the filter that found it, since objectClass may be hidden. */
export function gatedUser(
  entry: SearchEntry,
  filter: () => SearchFor['filter'],
  attributes: readonly string[],
  { session }: Conversation,
): GatedUser {
  return {
    entry,
    readAgain: async (slice) => {
      const reply = await session.search({ base: entry.dn, scope: 'base', filter: filter(), attributes, mostEntries: 1 }, slice);
      if (!reply.ok) return reply;
      const [again] = reply.entries;
      if (again !== undefined) return { ok: true, entry: again };
      const { result } = reply;
      return { ok: false, failure: result === undefined || result.code === 0 ? GONE : resultFailure('search', result) };
    },
  };
}

const GONE: Failure = protocolError('gate', 'the entry that was just found cannot be read any more');

/** No other server either: there is as little time for it. */
function noTime(trace: Conversation['trace']): Attempt {
  return answer(unknownFor(timedOut('gate'), trace, 'not attempted'));
}
