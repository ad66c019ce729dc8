import { makeAuth } from '../../../src/handlers/auth.ts';
import { type AuthorizerEvent, makeAuthorizer } from '../../../src/handlers/authorizer.ts';
import { reasonOf } from '../../../src/core/outcome.ts';
import type { Answered } from '../../../src/observe/record.ts';
import { type Service, wire } from '../../../src/wiring.ts';
import { lambdaContext, postAuth } from '../../support/ask.ts';
import { basic, getAuth, httpAuthorizer, payload2, restAuthorizer } from './events.ts';

/** What a caller decides by, in one word: the HTTP code, the `status`, the effect of a policy, or that there is none. */
export type Told = string;

/** Asks about a login in one way to call; of no application, or of one. */
export type Way = (service: Service, login: Typed) => Promise<Told>;

export type Typed = { readonly username: string; readonly password: string; readonly application?: string | undefined };

const JSON_TYPE = { 'Content-Type': 'application/json' };

async function http(service: Service, event: Parameters<ReturnType<typeof makeAuth>>[0]): Promise<Told> {
  return String((await makeAuth(service)(event, lambdaContext())).statusCode);
}

async function authorizer(service: Service, event: AuthorizerEvent, { application }: Typed): Promise<Told> {
  const stageVariables = application === undefined ? {} : { application };
  try {
    const result = await makeAuthorizer(service)({ ...event, stageVariables }, lambdaContext());
    if ('isAuthorized' in result) return String(result.isAuthorized);
    return result.policyDocument.Statement.map(({ Effect }) => Effect).join();
  } catch (error) {
    return error instanceof Error && error.message === 'Unauthorized' ? 'Unauthorized' : 'error';
  }
}

function pathOf({ application }: Typed, before = ''): string {
  return `${before}/auth${application === undefined ? '' : `/${application}`}`;
}

function bodyOf({ username, password }: Typed): string {
  return JSON.stringify({ username, password });
}

function basicOf({ username, password }: Typed): string {
  return basic(username, password);
}

export const WAYS = {
  'POST, REST API': (service, login) => http(service, postAuth(bodyOf(login), { path: pathOf(login) })),
  'POST, HTTP API': (service, login) =>
    http(service, payload2({ method: 'POST', rawPath: pathOf(login, '/dev') }, JSON_TYPE, bodyOf(login))),
  'POST, function URL': (service, login) =>
    http(service, payload2({ method: 'POST', rawPath: pathOf(login) }, JSON_TYPE, Buffer.from(bodyOf(login)))),
  'GET, REST API': (service, login) => http(service, { ...getAuth(basicOf(login)), path: pathOf(login) }),
  'GET, function URL': (service, login) =>
    http(service, payload2({ method: 'GET', rawPath: pathOf(login) }, { Authorization: basicOf(login) })),
  'plain invocation': async (service, { username, password, application }) => {
    const event = { username, password, ...(application === undefined ? {} : { application }) };
    return String((await makeAuth(service)(event, lambdaContext())).status);
  },
  'authorizer, REST API': (service, login) => authorizer(service, restAuthorizer(basicOf(login)), login),
  'authorizer, HTTP API': (service, login) => authorizer(service, httpAuthorizer(basicOf(login)), login),
} as const satisfies Readonly<Record<string, Way>>;

/** A service that keeps what it would write down. */
export type Witnessed = { readonly service: Service; readonly answered: readonly Answered[] };

export function witness(environment: Readonly<Record<string, string>>): Witnessed {
  const answered: Answered[] = [];
  const service = wire({ LOG_LEVEL: 'SILENT', ...environment });
  return { service: { ...service, record: (one) => void answered.push(one) }, answered };
}

/** The verdict of the core, and whom it names, as it was written down last. */
export function verdictOf({ answered }: Witnessed): string {
  const outcome = answered.at(-1)?.outcome;
  if (outcome === undefined) return 'nothing';
  return outcome.kind === 'valid' ? `authenticated ${outcome.identity.username}` : reasonOf(outcome);
}
