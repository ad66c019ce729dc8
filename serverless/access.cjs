'use strict';

const { prefixOf, settingsOf } = require('./settings.cjs');

// Who may call, by `access`: whoever has the API key (api-key); whoever IAM allows to (iam: no key); whoever has the key and
// comes through one of our VPC endpoints (private). Each of them, if `sourceAddresses` says so, from these addresses only.

const valuesOf = async (context) => (await settingsOf(context)).values;

/** Whether the methods ask for the API key. */
const needsKey = async (context) => (await valuesOf(context)).access !== 'iam';

const authorizer = async (context) => ((await valuesOf(context)).access === 'iam' ? 'aws_iam' : null);

const endpointType = async (context) => ((await valuesOf(context)).access === 'private' ? 'PRIVATE' : 'REGIONAL');

const vpcEndpointIds = async (context) => {
  const values = await valuesOf(context);
  return values.access === 'private' ? values.vpcEndpointIds : null;
};

/** None but the demo key has a value: API Gateway makes a key that nobody has seen. */
const apiKeys = async (context) => {
  if (!(await needsKey(context))) return null;
  const { apiKeyValue: value } = await valuesOf(context);
  return [{ name: await prefixOf(context), ...(value === null ? {} : { value }) }];
};

/** Throttling comes with the key: osls has no stage on which it could be set. */
const usagePlan = async (context) => {
  if (!(await needsKey(context))) return null;
  const { rateLimit, burstLimit } = await valuesOf(context);
  return { throttle: { rateLimit, burstLimit } };
};

const INVOKE = { Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' };

const allowAll = { Effect: 'Allow', ...INVOKE };

/** A Deny: it holds whatever else allows. */
const only = (Condition) => ({ Effect: 'Deny', ...INVOKE, Condition });

/**
 * With IAM there is no Allow: for callers of the same account it would be enough by itself, whatever their own policies say,
 * and for other accounts it would open the API to whoever they let call anything.
 */
const resourcePolicy = async (context) => {
  const { access, sourceAddresses, vpcEndpointIds: endpoints } = await valuesOf(context);
  const address = access === 'private' ? 'aws:VpcSourceIp' : 'aws:SourceIp';
  const denials = [
    ...(access === 'private' ? [only({ StringNotEquals: { 'aws:SourceVpce': endpoints } })] : []),
    ...(sourceAddresses.length > 0 ? [only({ NotIpAddress: { [address]: sourceAddresses } })] : []),
  ];
  if (denials.length === 0) return null;
  return access === 'iam' ? denials : [allowAll, ...denials];
};

module.exports = { apiKeys, authorizer, endpointType, needsKey, resourcePolicy, usagePlan, vpcEndpointIds };
