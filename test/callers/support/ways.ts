import { makeAuth } from '../../../src/handlers/auth.ts';
import { makeAuthorizer } from '../../../src/handlers/authorizer.ts';
import { reasonOf } from '../../../src/http/response.ts';
import type { Answered } from '../../../src/observe/record.ts';
import { type Service, wire } from '../../../src/wiring.ts';
import { lambdaContext, postAuth } from '../../support/ask.ts';
import { basic, getAuth, httpAuthorizer, payload2, restAuthorizer } from './events.ts';

/** What a caller is told, in one word. */
export type Told = string;

export type Way = (service: Service, username: string, password: string) => Promise<Told>;

const JSON_TYPE = { 'Content-Type': 'application/json' };

async function http(service: Service, event: Parameters<ReturnType<typeof makeAuth>>[0]): Promise<Told> {
  return String((await makeAuth(service)(event, lambdaContext())).statusCode);
}

async function authorizer(service: Service, event: Parameters<ReturnType<typeof makeAuthorizer>>[0]): Promise<Told> {
  try {
    const result = await makeAuthorizer(service)(event, lambdaContext());
    if ('isAuthorized' in result) return String(result.isAuthorized);
    return result.policyDocument.Statement.map(({ Effect }) => Effect).join();
  } catch (error) {
    return error instanceof Error && error.message === 'Unauthorized' ? 'Unauthorized' : 'error';
  }
}

export const WAYS = {
  'POST, REST API': (service, username, password) => http(service, postAuth({ username, password })),
  'POST, HTTP API': (service, username, password) =>
    http(service, payload2({ method: 'POST', rawPath: '/dev/auth' }, JSON_TYPE, JSON.stringify({ username, password }))),
  'POST, function URL': (service, username, password) =>
    http(service, payload2({ method: 'POST', rawPath: '/auth' }, JSON_TYPE, Buffer.from(JSON.stringify({ username, password })))),
  'GET, REST API': (service, username, password) => http(service, getAuth(basic(username, password))),
  'GET, function URL': (service, username, password) =>
    http(service, payload2({ method: 'GET', rawPath: '/auth' }, { Authorization: basic(username, password) })),
  'authorizer, REST API': (service, username, password) => authorizer(service, restAuthorizer(basic(username, password))),
  'authorizer, HTTP API': (service, username, password) => authorizer(service, httpAuthorizer(basic(username, password))),
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
