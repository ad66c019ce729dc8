'use strict';

const { gatewayResponse } = require('./gateway-response.cjs');
const { prefixOf, settingsOf } = require('./settings.cjs');

const metrics = (MetricName) => ({
  CloudWatchMetricsEnabled: true,
  MetricName,
  SampledRequestsEnabled: false, // samples show headers: `Authorization` of GET /auth is a name and a password
});

/** `wafRateLimit`: how many requests one address may send in five minutes. More are answered 429, until they are fewer again. */
const rateRule = (prefix, limit) => ({
  Name: 'rate-of-an-address',
  Priority: 0,
  Action: { Block: {} }, // API Gateway answers for the firewall: WAF_FILTERED, below
  Statement: { RateBasedStatement: { AggregateKeyType: 'IP', EvaluationWindowSec: 300, Limit: limit } },
  VisibilityConfig: metrics(`${prefix}-rate-of-an-address`),
});

/** A web ACL on the stage, which the deployment makes: serverless/stack.cjs lets it wait for that. */
module.exports = async (context) => {
  const { wafRateLimit } = (await settingsOf(context)).values;
  if (wafRateLimit === null) return {};
  const prefix = await prefixOf(context);
  const stage = await context.resolveVariable('sls:stage');
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
          VisibilityConfig: metrics(prefix),
        },
      },
      WebAclAssociation: {
        Type: 'AWS::WAFv2::WebACLAssociation',
        Properties: {
          ResourceArn: {
            'Fn::Sub': `arn:\${AWS::Partition}:apigateway:\${AWS::Region}::/restapis/\${ApiGatewayRestApi}/stages/${stage}`,
          },
          WebACLArn: { 'Fn::GetAtt': ['WebAcl', 'Arn'] },
        },
      },
      ...gatewayResponse('WAF_FILTERED', 'throttled'),
    },
  };
};
