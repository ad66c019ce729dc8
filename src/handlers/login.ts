import { fieldIn } from '../core/anything.ts';
import type { LoginRequest, Outcome } from '../core/outcome.ts';
import { Trace } from '../core/trace.ts';
import { callerOf, type Read } from '../http/request.ts';
import type { Service } from '../wiring.ts';
import { leftMsOf, requestIdOf } from './context.ts';

/** One call of a Lambda function. Anything may come in. */
export type Invocation = {
  readonly event: unknown;
  readonly context: unknown;
  /** As it was asked for; undefined: none. */
  readonly application?: string | undefined;
  /** How long whoever called waits for an answer; default: as long as the invocation lasts. */
  readonly mostMs?: number;
  /** The caller hands the identity on: a valid answer without a username is unknown. */
  readonly needs?: 'a username';
};

/**
 * The one way from an invocation to an outcome, however the function was called: read the login, ask the directory, write it
 * down. A way to call chooses how a login is read and how an outcome is told, and nothing else. Never rejects.
 */
export async function answer(service: Service, invocation: Invocation, read: () => Read<LoginRequest, Outcome>): Promise<Outcome> {
  const startedAt = performance.now();
  const trace = new Trace();
  const { outcome, error } = await decide(service, invocation, trace, read);
  const { problems } = service;
  try {
    service.record({
      requestId: requestIdOf(invocation.context),
      outcome,
      trace,
      ms: performance.now() - startedAt,
      caller: callerOf(invocation.event),
      ...(problems.length > 0 ? { problems } : {}),
      ...(error === undefined ? {} : { error }),
    });
  } catch {
    // What has been decided is answered, even if it cannot be written down.
  }
  return outcome;
}

export const NO_ENDPOINT = { kind: 'caller-refused', reason: 'no-such-endpoint' } as const satisfies Outcome;

type Decision = { readonly outcome: Outcome; readonly error?: string };

async function decide(
  service: Service,
  { context, application, mostMs = Number.POSITIVE_INFINITY, needs }: Invocation,
  trace: Trace,
  read: () => Read<LoginRequest, Outcome>,
): Promise<Decision> {
  try {
    if (application !== undefined && !service.serves(application)) return { outcome: NO_ENDPOINT };
    const login = read();
    if (!login.ok) return { outcome: login.outcome };
    const asked = application === undefined ? login.value : { ...login.value, application };
    const outcome = await service.authenticate(asked, Math.min(leftMsOf(context), mostMs), trace);
    return { outcome: needs === undefined ? outcome : withUsername(outcome) };
  } catch (error) {
    return { outcome: { kind: 'out-of-order', reason: 'internal-error' }, error: framesOf(error) };
  }
}

/**
 * For a way to call that hands an identity on: a valid answer without a username is unknown there. A user who is let in under no
 * name, or under the typed one, could pass for another user.
 */
function withUsername(outcome: Outcome): Outcome {
  if (outcome.kind !== 'valid' || outcome.identity.username !== undefined) return outcome;
  return { kind: 'indeterminate', reason: 'directory-refused-service-account', attempted: true };
}

/** Where it happened. Any error's message may hold what the caller sent, password and all: only lines that are frames are kept. */
function framesOf(error: unknown): string {
  return String(fieldIn(error, 'stack'))
    .split('\n')
    .filter((line) => /^ {4}at [^\n]*:\d+:\d+\)?$/.test(line))
    .join('\n');
}
