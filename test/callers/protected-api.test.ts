import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { freePort } from '../../tools/start/ports.ts';
import { bundle, end } from '../../stack/esbuild.ts';
import { run, Sandbox } from '../support/servers/sandbox.ts';
import { type Demo, startDemo } from '../support/demo.ts';
import { basic } from './support/events.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const EXAMPLE = path.join(ROOT, 'examples/protected-api');
const require = createRequire(import.meta.url);

const SERVERLESS = require.resolve('serverless/bin/serverless.js');

/** The example in a folder `service`, its serverless.yml changed. Beside it, as in a monorepo, what is installed. */
function copyExample(sandbox: Sandbox, change: (yaml: string) => string): void {
  mkdirSync(sandbox.path('service'));
  for (const name of readdirSync(EXAMPLE)) copyFileSync(path.join(EXAMPLE, name), sandbox.path('service', name));
  writeFileSync(sandbox.path('service', 'serverless.yml'), change(readFileSync(path.join(EXAMPLE, 'serverless.yml'), 'utf8')));
  symlinkSync(path.join(ROOT, 'node_modules'), sandbox.path('node_modules'));
}

/** osls, in that folder: it has no option for it. */
function inFolder(sandbox: Sandbox, ...args: readonly string[]): readonly string[] {
  return ['-c', 'cd "$0" && exec "$@"', sandbox.path('service'), process.execPath, SERVERLESS, ...args];
}

type Template = {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: object; readonly DependsOn?: unknown }>>;
};

describe('as it is deployed', () => {
  let sandbox: Sandbox;
  let template: Template;

  beforeAll(async () => {
    sandbox = new Sandbox('protected-api');
    copyExample(sandbox, (yaml) => yaml);
    await run({ file: '/bin/sh', args: inFolder(sandbox, 'package', '--param=authStage=prod', '--param=application=wiki') });
    const file = sandbox.path('service', '.serverless', 'cloudformation-template-update-stack.json');
    template = JSON.parse(readFileSync(file, 'utf8')) as Template;
  });

  afterAll(() => sandbox.destroy());

  const only = (type: string): object => {
    const [first, ...others] = Object.values(template.Resources).filter(({ Type }) => Type === type);
    expect(others).toEqual([]);
    return first ?? {};
  };

  const IMPORTED = { 'Fn::ImportValue': 'ldap-auth-prod-authorizer-arn' };

  test('its authorizer is our export', () => {
    const authorizer = only('AWS::ApiGateway::Authorizer');
    expect(JSON.stringify(authorizer)).toContain(JSON.stringify(IMPORTED));
    expect(authorizer).toMatchObject({
      Properties: {
        Type: 'REQUEST',
        IdentitySource: 'method.request.header.Authorization, stageVariables.application',
        AuthorizerResultTtlInSeconds: 60,
      },
    });
  });

  test('it may invoke the function', () => {
    const names = Object.values(template.Resources).flatMap(({ Type, Properties }) =>
      Type === 'AWS::Lambda::Permission' && 'FunctionName' in Properties ? [Properties.FunctionName] : [],
    );
    expect(names).toContainEqual(IMPORTED);
  });

  test('its stage says which application it is', () => {
    expect(only('AWS::ApiGateway::Deployment')).toMatchObject({
      Properties: { StageName: 'dev', StageDescription: { Variables: { application: 'wiki' } } },
    });
    expect(JSON.stringify(template)).not.toContain('AWS::ApiGateway::Stage"'); // which would have variables of its own
  });

  test('its deployment waits for the gateway’s own answers', () => {
    const responses = Object.keys(template.Resources).filter((id) => template.Resources[id]?.Type === 'AWS::ApiGateway::GatewayResponse');
    const deployment = only('AWS::ApiGateway::Deployment');
    expect(deployment).toMatchObject({ DependsOn: expect.arrayContaining(responses) });
    expect(responses).toHaveLength(4);
  });
});

// serverless-offline knows no authorizer but one of the same service: there, the packaged function stands in for the import.
describe('behind serverless-offline', () => {
  let directory: Demo;
  let sandbox: Sandbox;
  let url: string;

  beforeAll(async () => {
    directory = await startDemo();
    sandbox = new Sandbox('protected-api');
    const environment = { ...directory.settings, LDAP_RETURN_GROUPS: 'true', LDAP_CONNECT_TIMEOUT_MS: '5000' };
    const authorizer = JSON.stringify({ handler: 'authorizer.handler', environment });
    copyExample(sandbox, (yaml) =>
      yaml
        .replace(/^ +arn: !ImportValue .*$/m, '')
        .replace(', stageVariables.application', '') // the emulator knows no stage variables
        .replace('- ./deployment.cjs', '- serverless-offline')
        .replace('functions:\n', `functions:\n  ldapAuth: ${authorizer}\n`),
    );
    for (const { name, content } of await bundle(ROOT, 'authorizer', 'src/handlers/authorizer.ts'))
      writeFileSync(sandbox.path('service', name), content);
    await end();
    const [port, lambdaPort] = [await freePort(), await freePort()];
    const options = [
      '--host',
      '127.0.0.1',
      '--httpPort',
      String(port),
      '--lambdaPort',
      String(lambdaPort),
      '--noPrependStageInUrl',
      '--noSponsor',
    ];
    const args = inFolder(sandbox, 'offline', 'start', ...options);
    await sandbox.serve({ file: '/bin/sh', args, env: { SLS_LOG_LEVEL: 'notice' } }, '127.0.0.1', [port]);
    url = `http://127.0.0.1:${String(port)}/whoami`;
  });

  afterAll(async () => {
    await sandbox.destroy();
    await directory.close();
  });

  const get = async (headers: Readonly<Record<string, string>>): Promise<readonly [number, unknown]> => {
    const response = await fetch(url, { headers });
    const body: unknown = await response.json();
    return [response.status, body];
  };

  test('no header: 401', async () => {
    expect(await get({})).toMatchObject([401, {}]);
  });

  test('a wrong password: 401', async () => {
    expect(await get({ Authorization: basic('alice', 'wrong') })).toMatchObject([401, {}]);
  });

  test.each([
    ['ALICE', 'wonderland', 'alice'],
    ['jörg', 'größenwahn', 'jörg'],
    ['张伟', '天下為公-2026', '张伟'],
  ])('%s: 200, and the endpoint knows who it is', async (typed, password, username) => {
    const [status, body] = await get({ Authorization: basic(typed, password) });
    expect([status, body]).toMatchObject([200, { username, dn: `uid=${username},ou=people,dc=example,dc=org` }]);
    expect(body).toMatchObject({ groups: expect.arrayContaining(['cn=staff,ou=groups,dc=example,dc=org']) });
  });

  test('directory down: an error that is not Unauthorized; the 401 is the emulator’s', async () => {
    await directory.close();
    expect(await get({ Authorization: basic('alice', 'wonderland') })).toMatchObject([401, {}]); // of every throw, whatever it says
    const log = readFileSync(sandbox.path('server.log'), 'utf8');
    expect(log).toMatch(/"verdict":"indeterminate","reason":"directory-unreachable"/);
    expect(log).not.toContain('wonderland');
  });
});
