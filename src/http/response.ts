import { type Outcome, type Reason, reasonOf } from '../core/outcome.ts';

/** 0 is yes; 1, 2 and 3 are no; the rest is unknown. */
export type Status = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** How one reason is told to a caller. */
export type Answer = {
  readonly status: Status;
  readonly message: string;
  readonly http: number;
  /** For what may pass: when to come back. */
  readonly retryAfterSeconds?: number;
};

/** The contract's outcome table, total over every reason. The gateway's own answers in serverless.yml are held against it. */
export const ANSWERS = {
  authenticated: { status: 0, message: 'auth ok', http: 200 },
  'user-not-found': { status: 1, message: 'invalid user', http: 401 },
  'wrong-password': { status: 2, message: 'invalid password', http: 401 },
  'invalid-credentials': { status: 2, message: 'invalid credentials', http: 401 },
  'account-locked': { status: 3, message: 'account not usable', http: 403 },
  'account-disabled': { status: 3, message: 'account not usable', http: 403 },
  'account-expired': { status: 3, message: 'account not usable', http: 403 },
  'password-expired': { status: 3, message: 'account not usable', http: 403 },
  'password-must-change': { status: 3, message: 'account not usable', http: 403 },
  'logon-not-permitted': { status: 3, message: 'account not usable', http: 403 },
  'not-in-required-group': { status: 3, message: 'account not usable', http: 403 },
  'malformed-request': { status: 4, message: 'invalid request', http: 400 },
  'unsupported-media-type': { status: 4, message: 'invalid request', http: 415 },
  'request-too-large': { status: 4, message: 'invalid request', http: 413 },
  'directory-unreachable': { status: 5, message: 'directory unavailable', http: 503, retryAfterSeconds: 5 },
  'directory-busy': { status: 5, message: 'directory unavailable', http: 503, retryAfterSeconds: 5 },
  'directory-timeout': { status: 5, message: 'directory unavailable', http: 504, retryAfterSeconds: 5 },
  'service-unavailable': { status: 5, message: 'directory unavailable', http: 503 }, // a function that was stopped may have sent the bind
  'directory-tls-failure': { status: 5, message: 'directory unavailable', http: 503 },
  'directory-refused-service-account': { status: 5, message: 'directory unavailable', http: 503 },
  'directory-protocol-error': { status: 5, message: 'directory unavailable', http: 503 },
  'secret-unavailable': { status: 5, message: 'directory unavailable', http: 503 },
  'ambiguous-user': { status: 5, message: 'directory unavailable', http: 503 },
  throttled: { status: 6, message: 'too many attempts', http: 429, retryAfterSeconds: 5 },
  'user-throttled': { status: 6, message: 'too many attempts', http: 429 }, // the outcome says for how long
  misconfigured: { status: 7, message: 'service misconfigured', http: 500 },
  'internal-error': { status: 7, message: 'service misconfigured', http: 500 },
  'caller-not-permitted': { status: 8, message: 'caller refused', http: 403 },
  'no-such-endpoint': { status: 8, message: 'caller refused', http: 404 },
} as const satisfies Record<Reason, Answer>;

export type HttpResponse = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** What every answer holds, and beside it what the contract adds for some: `user`, `problems`, `attempted` … */
export type Body = { readonly status: number; readonly message: string; readonly reason: Reason };

/** An outcome as the contract's body. Nothing that the caller sent is in it. */
export function toBody(outcome: Outcome): Body {
  const reason = reasonOf(outcome);
  const { status, message } = ANSWERS[reason];
  return { status, message, reason, ...details(outcome) };
}

/** An outcome as the response of `POST /auth`. */
export function toResponse(outcome: Outcome): HttpResponse {
  const reason = reasonOf(outcome);
  const answer: Answer = ANSWERS[reason];
  const retryAfter = secondsToWait(outcome, answer);
  return {
    statusCode: answer.http,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
    },
    body: JSON.stringify(toBody(outcome)),
  };
}

function secondsToWait(outcome: Outcome, { retryAfterSeconds }: Answer): number | undefined {
  if (outcome.kind === 'throttled') return outcome.retryAfterSeconds;
  return outcome.kind === 'indeterminate' && outcome.attempted ? undefined : retryAfterSeconds; // a bind that may have counted is not to be repeated
}

function details(outcome: Outcome): object {
  switch (outcome.kind) {
    case 'valid': {
      const { dn, username, id, attributes, ...others } = outcome.identity;
      return { user: { dn, username, id, attributes }, ...others };
    }
    case 'malformed':
      return { problems: outcome.problems };
    case 'indeterminate':
      return outcome.attempted ? { attempted: true } : {};
    default:
      return {};
  }
}
