'use strict';

const { givenArn } = require('./arns.cjs');
const { secretStatements } = require('./secrets.cjs');
const { prefixOf, settingsOf, vpc } = require('./settings.cjs');

// One role for each function, with what that function needs: its own log streams, the secrets that are configured and, in a
// VPC, its network interfaces. (osls's shared role may write to the logs of every stack whose name starts alike, and gets a
// managed policy with all log groups.)
const allow = (Action, Resource) => ({ Effect: 'Allow', Action, Resource });

const logs = (functionName) =>
  allow(['logs:CreateLogStream', 'logs:PutLogEvents'], {
    'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${functionName}:*`,
  });

const ENI_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

// AWS accepts no narrower resource here. Lambda itself needs the actions, the code in the function never does: it is denied them.
const networkInterfaces = (functionName) => [
  allow(ENI_ACTIONS, '*'),
  {
    Effect: 'Deny',
    Action: ENI_ACTIONS,
    Resource: '*',
    Condition: {
      ArnEquals: {
        'lambda:SourceFunctionArn': {
          'Fn::Sub': `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${functionName}`,
        },
      },
    },
  },
];

// X-Ray knows no resources either.
const traces = () => allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*');

const roleOf = (functionName, { inVpc, traced, secrets, boundary }) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] }],
    },
    Policies: [
      {
        PolicyName: 'least-privilege',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [logs(functionName), ...secrets, ...(inVpc ? networkInterfaces(functionName) : []), ...(traced ? [traces()] : [])],
        },
      },
    ],
    ...(boundary === null ? {} : { PermissionsBoundary: boundary }),
  },
});

const logicalId = (name) => `${name[0].toUpperCase()}${name.slice(1)}Role`;

module.exports = async (context) => {
  const prefix = await prefixOf(context);
  const functions = Object.keys(await context.resolveConfigurationProperty(['functions']));
  const { values, variables } = await settingsOf(context);
  const needs = {
    inVpc: (await vpc(context)) !== null,
    traced: values.tracing,
    secrets: secretStatements(variables, values.secretKmsKeyArn === null ? null : givenArn('secretKmsKeyArn')),
    boundary: values.permissionsBoundary === null ? null : givenArn('permissionsBoundary'),
  };
  return { Resources: Object.fromEntries(functions.map((name) => [logicalId(name), roleOf(`${prefix}-${name}`, needs)])) };
};
