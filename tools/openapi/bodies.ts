import type { Reason } from '../../src/core/outcome.ts';
import { ANSWERS, type Answer } from '../../src/http/response.ts';

/** What each reason means, for readers of the document; total, like the table of answers. */
const MEANINGS = {
  authenticated: 'The directory accepted the bind and reported no obstacle.',
  'user-not-found': 'No entry matches the name.',
  'wrong-password': 'The entry exists, and its bind was refused. After a direct bind: or there is no such entry.',
  'invalid-credentials': 'With AUTH_DISCLOSURE=uniform: any refusal, an ambiguous name, an alias, or a user whom the gate stops.',
  'account-locked': 'The account is locked.',
  'account-disabled': 'The account is disabled.',
  'account-expired': 'The account has expired, or is not valid yet.',
  'password-expired': 'The password has expired.',
  'password-must-change': 'The password must be changed before the first use.',
  'logon-not-permitted': 'The directory does not permit this logon, for instance at this hour.',
  'not-in-required-group': 'The user is provably in none of the required groups: LDAP_REQUIRED_GROUPS, or those of the application.',
  'malformed-request': 'Nothing was asked of the directory; `problems` says what was expected where.',
  'unsupported-media-type': 'The body is not declared as JSON in UTF-8.',
  'request-too-large': 'The body is too large.',
  'directory-unreachable': 'No connection to any server.',
  'directory-busy': 'The directory has too much to do.',
  'directory-timeout': 'No answer within the deadline.',
  'service-unavailable': 'The gateway could not reach the service.',
  'directory-tls-failure': 'The connection could not be protected: a certificate, for instance.',
  'directory-refused-service-account': 'The directory refused the service’s own account, or lets it see nothing.',
  'directory-protocol-error': 'The directory gave no usable answer.',
  'secret-unavailable': 'A secret could not be read.',
  'ambiguous-user': 'Several entries match the name.',
  throttled: 'Too many requests; the directory was not asked.',
  'user-throttled':
    'Too many failures in a row of this user: the bind was not sent, whatever the password. With `Retry-After`, unless failures never age.',
  misconfigured: 'The service is misconfigured; its log says how.',
  'internal-error': 'A fault of the service; its log says which.',
  'caller-not-permitted': 'The API key is missing or wrong.',
  'no-such-endpoint': 'There is nothing at this path, or not for this method; or the application is not configured.',
} as const satisfies Record<Reason, string>;

export const REASONS: readonly Reason[] = Object.keys(ANSWERS).filter((reason): reason is Reason => Object.hasOwn(ANSWERS, reason));

/** `wrong-password` is the schema `WrongPassword`. */
export function schemaNameOf(reason: Reason): string {
  return reason.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** The schema of the body that carries this reason. Callers must ignore what they do not know: it is not closed. */
export function bodySchemaOf(reason: Reason): object {
  const { status, message }: Answer = ANSWERS[reason];
  const { properties = {}, required = [] } = detailsOf(reason);
  return {
    type: 'object',
    description: MEANINGS[reason],
    required: ['status', 'message', 'reason', ...required],
    properties: { status: { const: status }, message: { const: message }, reason: { const: reason }, ...properties },
    examples: [bodyExampleOf(reason)],
  };
}

export function bodyExampleOf(reason: Reason): object {
  const { status, message }: Answer = ANSWERS[reason];
  return { status, message, reason, ...detailsOf(reason).example };
}

type Details = {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
  readonly example?: object;
};

function detailsOf(reason: Reason): Details {
  const { status }: Answer = ANSWERS[reason];
  if (reason === 'authenticated') return IDENTITY;
  if (status === 4) return { ...PROBLEMS, ...(reason === 'malformed-request' ? {} : { required: [], example: {} }) }; // the gateway names none
  return status === 5 ? ATTEMPTED : {};
}

const strings = { type: 'array', items: { type: 'string' } };

const IDENTITY = {
  required: ['user'],
  properties: {
    user: {
      type: 'object',
      description: 'What the directory tells, never what was typed. After a direct bind it may tell nothing.',
      properties: {
        dn: { type: 'string', description: 'As the directory spells it.' },
        username: { type: 'string', description: 'LDAP_USERNAME_ATTRIBUTE, as the directory spells it, whatever was typed.' },
        id: {
          type: 'string',
          description: 'objectGUID, entryUUID or nsUniqueId: it survives a rename and is never used again. Key on this.',
        },
        attributes: { type: 'object', description: 'LDAP_USER_ATTRIBUTES, as far as the entry has them.', additionalProperties: strings },
      },
    },
    groups: { ...strings, description: 'DNs, if LDAP_RETURN_GROUPS is set.' },
    passwordExpiresInSeconds: { type: 'integer', minimum: 0 },
    graceLoginsRemaining: { type: 'integer', minimum: 0 },
  },
  example: { user: { dn: 'uid=alice,ou=people,dc=example,dc=org', username: 'alice', id: '8a3c9d0e-5f0b-4a5e-9c7e-0a1d2b3c4d5e' } },
} as const satisfies Details;

const PROBLEMS = {
  required: ['problems'],
  properties: {
    problems: {
      type: 'array',
      description: 'What was expected where. Never a value that was sent.',
      minItems: 1,
      items: {
        type: 'object',
        required: ['field', 'expected'],
        properties: { field: { type: 'string' }, expected: { type: 'string' } },
      },
    },
  },
  example: { problems: [{ field: 'password', expected: 'a string of well-formed Unicode' }] },
} as const satisfies Details;

const ATTEMPTED = {
  properties: {
    attempted: {
      const: true,
      description: 'The user’s bind had been sent and may have counted towards a lockout. Do not repeat the request by yourself.',
    },
  },
} as const satisfies Details;
