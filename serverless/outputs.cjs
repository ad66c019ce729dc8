'use strict';

const { arnHere } = require('./arns.cjs');
const { prefixOf, settingsOf } = require('./settings.cjs');

const ofFunction = (name) => ({ 'Fn::GetAtt': [`${name[0].toUpperCase()}${name.slice(1)}LambdaFunction`, 'Arn'] });

const urlOf = (domainName, stage) => ({
  'Fn::Sub':
    domainName === null
      ? `https://\${ApiGatewayRestApi}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}/${stage}/auth`
      : `https://${domainName}/auth`,
});

/**
 * What other stacks may refer to, with `Fn::ImportValue` and names of our own. Functions are exported without a version: what
 * is imported somewhere cannot change, and a version would with every deployment.
 */
const outputs = async (context) => {
  const { access, domainName } = (await settingsOf(context)).values;
  const stage = await context.resolveVariable('sls:stage');
  const functions = Object.keys(await context.resolveConfigurationProperty(['functions']));
  return {
    AuthUrl: ['url', 'The URL of POST /auth and GET /auth', urlOf(domainName, stage)],
    ApiId: ['api-id', 'The id of the REST API', { Ref: 'ApiGatewayRestApi' }],
    ...(access === 'iam' ? {} : { ApiKeyId: ['api-key-id', 'The id of the API key, not the key', { Ref: 'ApiGatewayApiKey1' }] }),
    ...Object.fromEntries(
      functions.map((name) => [
        `${name[0].toUpperCase()}${name.slice(1)}FunctionArn`,
        [`${name}-arn`, `The function ${name}, without a version`, ofFunction(name)],
      ]),
    ),
  };
};

/** APIs of other stacks in this account and region, REST or HTTP, may ask the authorizer. */
const permission = {
  Type: 'AWS::Lambda::Permission',
  Properties: {
    FunctionName: ofFunction('authorizer'),
    Action: 'lambda:InvokeFunction',
    Principal: 'apigateway.amazonaws.com',
    SourceArn: arnHere('execute-api', '*/authorizers/*'),
  },
};

module.exports = async (context) => {
  const prefix = await prefixOf(context);
  return {
    Resources: { AuthorizerPermission: permission },
    Outputs: Object.fromEntries(
      Object.entries(await outputs(context)).map(([id, [name, Description, Value]]) => [
        id,
        { Description, Value, Export: { Name: `${prefix}-${name}` } },
      ]),
    ),
  };
};
