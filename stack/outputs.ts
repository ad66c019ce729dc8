import { arnHere, givenArn, logicalId } from './roles.ts';
import { type Context, functionsOf, prefixOf, settingsOf, stageOf } from './settings.ts';

function functionArn(name: string): object {
  return { 'Fn::GetAtt': [`${logicalId(name)}LambdaFunction`, 'Arn'] };
}

function urlOf(domainName: string | null, stage: string): object {
  const own = `https://\${ApiGatewayRestApi}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}/${stage}/auth`;
  return { 'Fn::Sub': domainName === null ? own : `https://${domainName}/auth` };
}

type Output = readonly [id: string, name: string, description: string, value: object];

async function exported(context: Context): Promise<readonly Output[]> {
  const { access, domainName } = (await settingsOf(context)).values;
  const functions = await functionsOf(context);
  return [
    ['AuthUrl', 'url', 'The URL of POST /auth and GET /auth', urlOf(domainName, await stageOf(context))],
    ['ApiId', 'api-id', 'The id of the REST API', { Ref: 'ApiGatewayRestApi' }],
    ...(access === 'iam' ? [] : [['ApiKeyId', 'api-key-id', 'The id of the API key, not the key', { Ref: 'ApiGatewayApiKey1' }] as const]),
    ...functions.map(
      (name) => [`${logicalId(name)}FunctionArn`, `${name}-arn`, `The function ${name}, without a version`, functionArn(name)] as const,
    ),
  ];
}

/** APIs of other stacks in this account and region, REST or HTTP, may ask the authorizer. */
const AUTHORIZER_PERMISSION = {
  Type: 'AWS::Lambda::Permission',
  Properties: {
    FunctionName: functionArn('authorizer'),
    Action: 'lambda:InvokeFunction',
    Principal: 'apigateway.amazonaws.com',
    SourceArn: arnHere('execute-api', '*/authorizers/*'),
  },
};

/**
 * What other stacks may refer to, with `Fn::ImportValue` and names of our own. Functions are exported without a version: what
 * is imported somewhere cannot change, and a version would with every deployment.
 */
export async function outputs(context: Context): Promise<object> {
  const prefix = await prefixOf(context);
  const rows = (await exported(context)).map(
    ([id, name, Description, Value]) => [id, { Description, Value, Export: { Name: `${prefix}-${name}` } }] as const,
  );
  return { Resources: { AuthorizerPermission: AUTHORIZER_PERMISSION }, Outputs: Object.fromEntries(rows) };
}

/** With `logKmsKeyArn` every log group of the stack, osls's own resources, is encrypted with that key. */
export async function logGroups(context: Context): Promise<object> {
  const { values } = await settingsOf(context);
  const KmsKeyId = givenArn(values, 'logKmsKeyArn');
  if (KmsKeyId === null) return {};
  const groups = [...(await functionsOf(context)).map((name) => `${logicalId(name)}LogGroup`), 'ApiGatewayLogGroup'];
  return { extensions: Object.fromEntries(groups.map((id) => [id, { Properties: { KmsKeyId } }])) };
}
