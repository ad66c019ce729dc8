import { settingsOf, type Context } from './settings.ts';
import type { Values } from './parameters.ts';

// Every value that serverless.yml takes with `${file(stack/values.cjs):name}`.

export { alarms, healthEvents } from './alarms.ts';
export {
  accessLog,
  apiKeys,
  authorizer,
  domain,
  endpointType,
  firewall,
  gatewayResponses,
  needsKey,
  resourcePolicy,
  usagePlan,
  vpcEndpointIds,
} from './api.ts';
export { dashboard } from './dashboard.ts';
export { check } from './deployable.ts';
export { gateTable } from './gate.ts';
export { logGroups, outputs } from './outputs.ts';
export { arns, roles } from './roles.ts';
export { environment, vpc } from './settings.ts';

type Ask<Name extends keyof Values> = (context: Context) => Promise<Values[Name]>;

/** A parameter's value as it is. */
function asItIs<Name extends keyof Values>(name: Name): Ask<Name> {
  return async (context) => (await settingsOf(context)).values[name];
}

export const authorizerReservedConcurrency = asItIs('authorizerReservedConcurrency');
export const logRetentionInDays = asItIs('logRetentionInDays');
export const provisionedConcurrency = asItIs('provisionedConcurrency');
export const reservedConcurrency = asItIs('reservedConcurrency');
export const tags = asItIs('tags');
export const tracing = asItIs('tracing');
