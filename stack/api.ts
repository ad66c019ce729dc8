import { type Answer, ANSWERS } from '../src/http/response.ts';
import type { Reason } from '../src/core/outcome.ts';
import type { Values } from './parameters.ts';
import { arnHere } from './roles.ts';
import { type Context, prefixOf, settingsOf, stageOf } from './settings.ts';

// Who may call, by `access`: programs with the API key (api-key); identities that IAM allows (iam: no key); programs with the key that
// comes through one of our VPC endpoints (private). Each of them, if `sourceAddresses` says so, from these addresses only.

async function valuesOf(context: Context): Promise<Values> {
  return (await settingsOf(context)).values;
}

/** Whether the methods ask for the API key. */
export async function needsKey(context: Context): Promise<boolean> {
  return (await valuesOf(context)).access !== 'iam';
}

export async function authorizer(context: Context): Promise<'aws_iam' | null> {
  return (await needsKey(context)) ? null : 'aws_iam';
}

export async function endpointType(context: Context): Promise<'PRIVATE' | 'REGIONAL'> {
  return (await valuesOf(context)).access === 'private' ? 'PRIVATE' : 'REGIONAL';
}

export async function vpcEndpointIds(context: Context): Promise<readonly string[] | null> {
  const values = await valuesOf(context);
  return values.access === 'private' ? values.vpcEndpointIds : null;
}

/** Only the demo key has a value: API Gateway makes a key that nobody has seen, or CloudFormation resolves a reference. */
export async function apiKeys(context: Context): Promise<readonly object[] | null> {
  if (!(await needsKey(context))) return null;
  const { apiKeyValue: value } = await valuesOf(context);
  return [{ name: await prefixOf(context), ...(value === null ? {} : { value }) }];
}

/** Throttling comes with the key: osls has no stage on which it could be set. */
export async function usagePlan(context: Context): Promise<object | null> {
  if (!(await needsKey(context))) return null;
  const { rateLimit, burstLimit } = await valuesOf(context);
  return { throttle: { rateLimit, burstLimit } };
}

const INVOKE = { Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' };

/** A Deny: it holds whatever else allows. */
function only(Condition: object): object {
  return { Effect: 'Deny', ...INVOKE, Condition };
}

/**
 * With IAM there is no Allow: for callers of the same account it would be enough by itself, whatever their own policies say,
 * and for other accounts it would open the API to everybody who may call anything there.
 */
export async function resourcePolicy(context: Context): Promise<readonly object[] | null> {
  const { access, sourceAddresses, vpcEndpointIds: endpoints } = await valuesOf(context);
  const address = access === 'private' ? 'aws:VpcSourceIp' : 'aws:SourceIp';
  const denials = [
    ...(access === 'private' ? [only({ StringNotEquals: { 'aws:SourceVpce': endpoints } })] : []),
    ...(sourceAddresses.length > 0 ? [only({ NotIpAddress: { [address]: sourceAddresses } })] : []),
  ];
  if (denials.length === 0) return null;
  return access === 'iam' ? denials : [{ Effect: 'Allow', ...INVOKE }, ...denials];
}

/**
 * API Gateway's access log: one JSON line a request. Nothing that a caller can write freely is in it (no raw path, query, user
 * agent or validation text), so no password can be, and no line can be broken by one.
 */
export const accessLog = JSON.stringify({
  requestId: '$context.requestId',
  extendedRequestId: '$context.extendedRequestId',
  requestTime: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  apiKeyId: '$context.identity.apiKeyId', // the id of the key, never the key
  httpMethod: '$context.httpMethod',
  resourcePath: '$context.resourcePath',
  status: '$context.status',
  gatewayResponse: '$context.error.responseType',
  integrationStatus: '$context.integration.status',
  integrationLatencyMs: '$context.integration.latency',
  responseLatencyMs: '$context.responseLatency',
});

/** The one reason with two HTTP codes. */
const HTTP_STATUS = new Map([
  ['MISSING_AUTHENTICATION_TOKEN', 403],
  ['RESOURCE_NOT_FOUND', 404],
]);

/** `THROTTLED` or `refused-service-account` as part of a logical id. */
export function pascalCase(text: string): string {
  return text.toLowerCase().replace(/(?:^|[_-])(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** `AWS::ApiGateway::GatewayResponse`. */
type GatewayResponse = {
  readonly Type: string;
  readonly Properties: {
    readonly RestApiId: object;
    readonly ResponseType: string;
    readonly StatusCode: string;
    readonly ResponseParameters: Readonly<Record<string, string>>;
    readonly ResponseTemplates: { readonly 'application/json': string };
  };
};

/** One of API Gateway's own answers, in the contract's shape: { logical id: resource }. */
function gatewayResponse(type: string, reason: Reason): Readonly<Record<string, GatewayResponse>> {
  const { status, message, http, retryAfterSeconds }: Answer = ANSWERS[reason];
  const headers = { 'Cache-Control': 'no-store', ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }) };
  // API Gateway wants literals in single quotes.
  const quoted = Object.entries(headers).map(([name, value]) => [`gatewayresponse.header.${name}`, `'${value}'`] as const);
  return {
    [`GatewayResponse${pascalCase(type)}`]: {
      Type: 'AWS::ApiGateway::GatewayResponse',
      Properties: {
        RestApiId: { Ref: 'ApiGatewayRestApi' },
        ResponseType: type,
        StatusCode: String(HTTP_STATUS.get(type) ?? http),
        ResponseParameters: Object.fromEntries(quoted),
        ResponseTemplates: { 'application/json': JSON.stringify({ status, message, reason }) },
      },
    },
  };
}

// What API Gateway answers by itself, as reasons of the contract. DEFAULT_4XX and DEFAULT_5XX catch every type that is not
// named; those with a reason of their own are named, and so are those that must never be mistaken for the user's fault.
// The gateway's own 413 and 415 (over 10 MB; a request schema, of which there is none) are a refused caller like other 4xx:
// status 4 would promise `problems`, which it cannot list.
const REASONS: Readonly<Record<string, Reason>> = {
  DEFAULT_4XX: 'caller-not-permitted',
  ACCESS_DENIED: 'caller-not-permitted',
  INVALID_API_KEY: 'caller-not-permitted', // a missing key too
  MISSING_AUTHENTICATION_TOKEN: 'no-such-endpoint', // what API Gateway says to an unknown path
  RESOURCE_NOT_FOUND: 'no-such-endpoint',
  THROTTLED: 'throttled',
  QUOTA_EXCEEDED: 'throttled',
  DEFAULT_5XX: 'service-unavailable',
  API_CONFIGURATION_ERROR: 'service-unavailable',
  AUTHORIZER_CONFIGURATION_ERROR: 'service-unavailable',
  AUTHORIZER_FAILURE: 'service-unavailable',
  INTEGRATION_FAILURE: 'service-unavailable',
  INTEGRATION_TIMEOUT: 'service-unavailable',
};

export const gatewayResponses = {
  Resources: Object.fromEntries(
    Object.entries(REASONS).flatMap(([type, reason]) => Object.entries<GatewayResponse>(gatewayResponse(type, reason))),
  ),
};

/** The name in Route 53, if its zone is there; otherwise its owner points it at the output DomainTarget. */
function record(domainName: string, hostedZoneId: string): object {
  return {
    Type: 'AWS::Route53::RecordSet',
    Properties: {
      Name: domainName,
      Type: 'A',
      HostedZoneId: hostedZoneId,
      AliasTarget: {
        DNSName: { 'Fn::GetAtt': ['Domain', 'RegionalDomainName'] },
        HostedZoneId: { 'Fn::GetAtt': ['Domain', 'RegionalHostedZoneId'] },
      },
    },
  };
}

/** A name of one's own, without the stage in the path: https://login.corp.example.com/auth. */
export async function domain(context: Context): Promise<object> {
  const { domainName, certificateArn, hostedZoneId } = await valuesOf(context);
  if (domainName === null || certificateArn === null) return {};
  const Target = { 'Fn::GetAtt': ['Domain', 'RegionalDomainName'] };
  return {
    Resources: {
      Domain: {
        Type: 'AWS::ApiGateway::DomainName',
        Properties: {
          DomainName: domainName,
          RegionalCertificateArn: arnHere('acm', certificateArn.replace(/^.*:/, '')),
          EndpointConfiguration: { Types: ['REGIONAL'] },
          SecurityPolicy: 'TLS_1_2',
        },
      },
      // On the stage, which the deployment makes: stack/plugin.ts lets it wait for that.
      DomainMapping: {
        Type: 'AWS::ApiGateway::BasePathMapping',
        Properties: { DomainName: { Ref: 'Domain' }, RestApiId: { Ref: 'ApiGatewayRestApi' }, Stage: await stageOf(context) },
      },
      ...(hostedZoneId === null ? {} : { DomainRecord: record(domainName, hostedZoneId) }),
    },
    Outputs: { DomainTarget: { Description: 'Where the DNS name of the API has to point', Value: Target } },
  };
}

function firewallMetrics(MetricName: string): object {
  return {
    CloudWatchMetricsEnabled: true,
    MetricName,
    SampledRequestsEnabled: false, // samples show headers: `Authorization` of GET /auth is a name and a password
  };
}

/** `wafRateLimit`: how many requests one address may send in five minutes. More are answered 429, until they are fewer again. */
function rateRule(prefix: string, limit: number): object {
  return {
    Name: 'rate-of-an-address',
    Priority: 0,
    Action: { Block: {} }, // API Gateway answers for the firewall: WAF_FILTERED, below
    Statement: { RateBasedStatement: { AggregateKeyType: 'IP', EvaluationWindowSec: 300, Limit: limit } },
    VisibilityConfig: firewallMetrics(`${prefix}-rate-of-an-address`),
  };
}

/** A web ACL on the stage, which the deployment makes: stack/plugin.ts lets it wait for that. */
export async function firewall(context: Context): Promise<object> {
  const { wafRateLimit } = await valuesOf(context);
  if (wafRateLimit === null) return {};
  const prefix = await prefixOf(context);
  const stage = await stageOf(context);
  const arn = `arn:\${AWS::Partition}:apigateway:\${AWS::Region}::/restapis/\${ApiGatewayRestApi}/stages/${stage}`;
  return {
    Resources: {
      WebAcl: {
        Type: 'AWS::WAFv2::WebACL',
        Properties: {
          Name: prefix,
          Description: `How often one address may call ${prefix}`,
          Scope: 'REGIONAL',
          DefaultAction: { Allow: {} },
          Rules: [rateRule(prefix, wafRateLimit)],
          VisibilityConfig: firewallMetrics(prefix),
        },
      },
      WebAclAssociation: {
        Type: 'AWS::WAFv2::WebACLAssociation',
        Properties: { ResourceArn: { 'Fn::Sub': arn }, WebACLArn: { 'Fn::GetAtt': ['WebAcl', 'Arn'] } },
      },
      ...gatewayResponse('WAF_FILTERED', 'throttled'),
    },
  };
}
