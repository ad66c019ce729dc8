import type { Reason } from '../../src/core/outcome.ts';
import { CHALLENGE } from '../../src/http/forward-auth.ts';
import { bodyExampleOf, bodySchemaOf, REASONS, schemaNameOf } from './bodies.ts';
import { INPUT_LIMITS } from '../../src/http/request.ts';
import { ANSWERS, type Answer } from '../../src/http/response.ts';

/**
 * The contract of `/auth` as an OpenAPI 3.1 document, made of the tables and limits that the code answers by. It describes
 * what the gateway answers by itself as well.
 */
export function makeDocument(version: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'ldap-auth',
      version,
      summary: 'Are this user name and password valid in our directory?',
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [SERVER],
    security: [{ apiKey: [] }],
    tags: [{ name: 'login', description: 'One question, three kinds of answer: valid, invalid, nobody knows.' }],
    paths: { '/auth': { post: POST, get: GET } },
    components: {
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'Of the caller: an application or a proxy.' },
        basic: { type: 'http', scheme: 'basic', description: 'Of the user, in UTF-8.' },
      },
      schemas: {
        Login: LOGIN,
        ...Object.fromEntries(REASONS.map((reason) => [schemaNameOf(reason), bodySchemaOf(reason)])),
      },
    },
  };
}

const DESCRIPTION =
  `\`status\` and \`reason\` are stable, \`message\` is for people. Status 0 is valid; 1, 2 and 3 are invalid; 5 means that
nobody knows: treat it neither as valid nor as invalid, and read a body without an integer \`status\` in the same way. With \`attempted\`,
do not ask again by yourself: the attempt may have counted towards a lockout.`.replaceAll('\n', ' ');

const SERVER = {
  url: 'https://{api}.execute-api.{region}.amazonaws.com/{stage}',
  variables: { api: { default: 'abcdef1234' }, region: { default: 'eu-central-1' }, stage: { default: 'dev' } },
};

/** Lengths are in code points, here as in JSON Schema. */
const LOGIN = {
  type: 'object',
  description: `At most ${String(INPUT_LIMITS.bodyBytes)} bytes. Unknown fields are ignored.`,
  required: ['username', 'password'],
  properties: {
    username: {
      type: 'string',
      description: 'Well-formed Unicode without control characters and U+FFFD.',
      minLength: 1,
      maxLength: INPUT_LIMITS.usernameCodePoints,
      pattern: String.raw`^[^\u0000-\u001f\u007f-\u009f\ufffd]*$`,
    },
    password: {
      type: 'string',
      format: 'password',
      description: 'Well-formed Unicode without NUL and U+FFFD. Passed on byte for byte, never trimmed or normalised.',
      minLength: 1,
      maxLength: INPUT_LIMITS.passwordCodePoints,
      pattern: String.raw`^[^\u0000\ufffd]*$`,
    },
  },
  examples: [{ username: 'alice', password: 'wonderland' }],
};

type HeaderDescriptions = Readonly<Record<string, object>>;

function textHeader(description: string): object {
  return { description, schema: { type: 'string' } };
}

const ENCODED = 'in ASCII: anything else, and `%`, is percent-encoded UTF-8';

const FORWARDED: HeaderDescriptions = {
  'Remote-User': textHeader(`The directory’s spelling of the login name, ${ENCODED}.`),
  'Remote-User-Id': textHeader(`An identifier that survives a rename, as far as the directory tells it, ${ENCODED}.`),
  'Remote-Name': textHeader(`displayName or cn, if configured, ${ENCODED}.`),
  'Remote-Email': textHeader(`mail, if configured, ${ENCODED}.`),
  'Remote-Groups': textHeader(`DNs, if LDAP_RETURN_GROUPS is set, ${ENCODED}. Commas inside of a DN are encoded too; a comma parts two.`),
};

const CHALLENGED: HeaderDescriptions = {
  'WWW-Authenticate': { ...textHeader('API Gateway renames it to x-amzn-remapped-www-authenticate.'), example: CHALLENGE },
};

const RETRY_AFTER: HeaderDescriptions = {
  'Retry-After': { description: 'Seconds. For what may pass, unless `attempted`.', schema: { type: 'integer', minimum: 0 } },
};

const AUTH_REASON: HeaderDescriptions = {
  'X-Auth-Reason': textHeader('The `reason`, if the service answers. Without it the answer is the gateway’s own: no verdict on the user.'),
};

const CACHE_CONTROL: HeaderDescriptions = { 'Cache-Control': { description: 'Always.', schema: { const: 'no-store' } } };

type Door = {
  /** The HTTP codes under which a reason may come: the service's own first. */
  readonly codesOf: (reason: Reason) => readonly number[];
  readonly headers: HeaderDescriptions;
  readonly headersOf: Readonly<Record<number, HeaderDescriptions>>;
};

function codesOf(reason: Reason): readonly number[] {
  const { http } = ANSWERS[reason];
  return reason === 'no-such-endpoint' ? [http, 403] : [http]; // 403: API Gateway's own, of an unknown path
}

/** One response for each HTTP code, with the body of each of its reasons. */
function responsesOf(door: Door): object {
  const codes = [...new Set(REASONS.flatMap(door.codesOf))].toSorted((one, other) => one - other);
  return Object.fromEntries(codes.map((code) => [String(code), responseOf(door, code)]));
}

function responseOf(door: Door, code: number): object {
  const reasons = REASONS.filter((reason) => door.codesOf(reason).includes(code));
  const mayPass = reasons.some((reason) => 'retryAfterSeconds' in ANSWERS[reason]);
  const refs = reasons.map((reason) => ({ $ref: `#/components/schemas/${schemaNameOf(reason)}` }));
  return {
    description: [...new Set(reasons.map(describe))].join('; '),
    headers: { ...CACHE_CONTROL, ...(mayPass ? RETRY_AFTER : {}), ...door.headers, ...door.headersOf[code] },
    content: {
      'application/json': {
        schema: refs.length === 1 ? refs[0] : { oneOf: refs },
        examples: Object.fromEntries(reasons.map((reason) => [reason, { value: bodyExampleOf(reason) }])),
      },
    },
  };
}

function describe(reason: Reason): string {
  const { status, message }: Answer = ANSWERS[reason];
  return `${String(status)} ${message}`;
}

const POST = {
  operationId: 'login',
  summary: 'Check a user name and a password',
  tags: ['login'],
  requestBody: { required: true, content: { 'application/json': { schema: { $ref: '#/components/schemas/Login' } } } },
  responses: responsesOf({ codesOf, headers: {}, headersOf: {} }),
};

const GET = {
  operationId: 'forwardAuth',
  summary: 'The same for a proxy, with Basic credentials',
  description: 'For nginx `auth_request`, Traefik `forwardAuth` and Caddy `forward_auth`; see examples/.',
  tags: ['login'],
  security: [{ apiKey: [], basic: [] }],
  responses: responsesOf({
    // A browser, and nginx, must be asked for credentials that are missing or cannot be read.
    codesOf: (reason) => (reason === 'malformed-request' ? [401] : codesOf(reason)),
    headers: AUTH_REASON,
    headersOf: { 200: FORWARDED, 401: CHALLENGED },
  }),
};
