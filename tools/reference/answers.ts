import type { Reason } from '../../src/core/outcome.ts';
import { type Answer, ANSWERS } from '../../src/http/response.ts';

/** One row of the table of answers in docs/reference.md. */
export type AnswerRow = Pick<Answer, 'status' | 'message' | 'http'> & { readonly reason: string; readonly meaning: string };

/** When each reason is answered, for the reader of docs/reference.md. Total: a new reason needs its sentence. */
const MEANINGS = {
  authenticated: 'valid: the directory accepted the bind and reported no obstacle',
  'user-not-found': 'no entry has this name, and the service account has just proved that it can read users there',
  'wrong-password': 'the entry exists, and the directory refused its bind; with direct bind: the name or the password is wrong',
  'invalid-credentials': 'with `AUTH_DISCLOSURE=uniform`: any refusal, an ambiguous name, an alias, or a user whom the gate stops',
  'account-locked': 'the directory says that the account is locked',
  'account-disabled': 'the directory says that the account is disabled',
  'account-expired': 'the directory says that the account has expired, or is not valid yet',
  'password-expired': 'the directory says that the password has expired',
  'password-must-change': 'the directory says that the user must change the password first',
  'logon-not-permitted': 'the directory does not permit this logon: hours, workstation, logon type or another restriction',
  'not-in-required-group': 'the service has proved that the user is in none of `LDAP_REQUIRED_GROUPS`',
  'malformed-request': '`problems` lists `{field, expected}`; the directory was not asked',
  'unsupported-media-type': 'the body is not JSON in UTF-8; the directory was not asked',
  'request-too-large': 'the body has more than 16 KiB; the directory was not asked',
  'directory-unreachable': 'no server could be reached: refused, reset, closed, no route, or no such host',
  'directory-busy': 'the directory says that it is busy',
  'directory-timeout': 'the directory did not answer in time',
  'service-unavailable': 'the gateway got no answer from the function',
  'directory-tls-failure': 'wrong certificate, no common TLS version, or TLS is required and the server does not offer it',
  'directory-refused-service-account': 'the directory refused the service account, or does not let it read what it must read',
  'directory-protocol-error': 'the directory gave an answer that the service does not understand',
  'secret-unavailable': 'the store of the service password, the CA or the client key could not be read',
  'ambiguous-user': 'several entries have this name',
  throttled: 'the usage plan or the WAF refused the request; the directory was not asked',
  'user-throttled': '[the gate](gate.md): this user failed too often; the service sent no bind, so nobody checked the password',
  misconfigured: 'a setting is wrong, or a stored value cannot be used; the log says which',
  'internal-error': 'a bug in the service; the log says where',
  'caller-not-permitted': 'the API key is missing or wrong',
  'no-such-endpoint': 'the path does not exist, or with `access=iam` the request has no signature; API Gateway answers this with 403',
} as const satisfies Record<Reason, string>;

function isReason(text: string): text is Reason {
  return Object.hasOwn(MEANINGS, text);
}

/** Every answer of the service, in the order of its statuses. */
export const ANSWER_ROWS: readonly AnswerRow[] = Object.entries<Answer>(ANSWERS).map(([reason, answer]) => ({
  ...answer,
  reason,
  meaning: isReason(reason) ? MEANINGS[reason] : '',
}));
