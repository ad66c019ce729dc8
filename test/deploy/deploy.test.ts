import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { freePort } from '../../tools/start/ports.ts';
import { copyService, findings, FUNCTIONS, readTemplate, runServerless } from '../package/packaged.ts';
import { ACCOUNT, API_ID, API_KEY, NO_LOG_ROLE, noLogRole } from './answers.ts';
import { type Script, type Sent, startRecorder } from './recorder.ts';
import { FIRST_DEPLOYMENT, INFO, INVOKE, LATER_DEPLOYMENT, REMOVE, TAGGED_DEPLOYMENT } from './scripts.ts';

// The real CLI with its real AWS SDK against a recorder: what is sent, not what AWS does with it (docs/deploy.md).

const PASSWORD = 'the-password-of-the-service-account';
const SECRET_KEY = 'the-secret-key-of-whoever-deploys';

const PARAMETERS = [
  ...['ldapUrl=ldaps://dc1.corp.example.com', 'ldapDirectory=active-directory', 'ldapBaseDn=DC=corp,DC=example,DC=com'],
  ...['ldapBindDn=CN=svc-auth,DC=corp,DC=example,DC=com', 'ldapBindPasswordParameter=/ldap-auth/prod/bind-password'],
  ...['subnetIds=subnet-0123456789abcdef0', 'securityGroupIds=sg-0123456789abcdef0', 'alarmEmail=operators@example.com', 'healthMinutes=5'],
].map((parameter) => `--param=${parameter}`);

const PROD = ['--stage', 'prod', '--region', 'eu-central-1'];

const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: SECRET_KEY,
  AWS_EC2_METADATA_DISABLED: 'true',
  SLS_AWS_REQUEST_MAX_RETRIES: '0',
  SLS_AWS_MONITORING_FREQUENCY: '1', // milliseconds
  SLS_TELEMETRY_DISABLED: '1',
  LDAP_BIND_PASSWORD: PASSWORD, // whoever deploys may have it in the shell: it must stay there
};

type Run = {
  readonly exitCode: number | null;
  readonly output: string;
  readonly sent: readonly Sent[];
  readonly differences: readonly string[];
};

async function run(folder: string, script: Script, ...command: readonly string[]): Promise<Run> {
  const recorder = await startRecorder(script);
  try {
    const { exitCode, output } = await runServerless(folder, command, { ...ENVIRONMENT, AWS_ENDPOINT_URL: recorder.url });
    return { exitCode, output, sent: recorder.sent, differences: recorder.differences() };
  } finally {
    await recorder.close();
  }
}

/** Two checkouts: in one it is packaged, from the other it is deployed. */
let root: string;
let builds: string;
let deploys: string;
let out: string;
const zipsOfFirst = new Map<string, Buffer>();
let templateOfFirst: unknown;
const runs = new Map<string, Run>();

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'deploy-'));
  [builds, deploys, out] = [path.join(root, 'builds'), path.join(root, 'deploys'), path.join(root, 'out')];
  copyService(builds);
  copyService(deploys);
  runs.set('deploy', await run(deploys, FIRST_DEPLOYMENT, 'deploy', ...PROD, ...PARAMETERS));
  for (const name of FUNCTIONS) zipsOfFirst.set(name, readFileSync(path.join(deploys, '.serverless', `${name}.zip`)));
  templateOfFirst = readTemplate(path.join(deploys, '.serverless/cloudformation-template-update-stack.json'));
  // The region is the default one of serverless.yml here.
  runs.set(
    'a changed deploy',
    await run(deploys, TAGGED_DEPLOYMENT, 'deploy', '--stage', 'prod', ...PARAMETERS, '--param=tags=team=identity'),
  );
  runs.set('package --package', await run(builds, {}, 'package', '--package', out, ...PROD, ...PARAMETERS));
  runs.set('deploy --package', await run(deploys, LATER_DEPLOYMENT, 'deploy', '--package', out, ...PROD));
  runs.set('info', await run(deploys, INFO, 'info', ...PROD));
  runs.set('info --verbose', await run(deploys, INFO, 'info', '--verbose', ...PROD));
  runs.set('invoke', await run(deploys, INVOKE, 'invoke', '-f', 'doctor', ...PROD));
  runs.set('invoke --data', await run(deploys, INVOKE, 'invoke', '-f', 'doctor', ...PROD, '--data', '{"user":"alice"}'));
  runs.set('remove', await run(deploys, REMOVE, 'remove', ...PROD));
}, 600_000);

afterAll(() => rmSync(root, { recursive: true, force: true }));

const COMMANDS = [
  ...(['deploy', 'a changed deploy', 'package --package', 'deploy --package', 'info', 'info --verbose'] as const),
  ...(['invoke', 'invoke --data', 'remove'] as const),
] as const;
const DEPLOYMENTS = ['deploy', 'a changed deploy', 'deploy --package'] as const;

function get(command: (typeof COMMANDS)[number]): Run {
  const found = runs.get(command);
  if (found === undefined) throw new Error(`${command} was not run`);
  return found;
}

/** What was put into the bucket under that name, and its key there. */
function uploaded(command: (typeof DEPLOYMENTS)[number], name: string): { readonly key: string; readonly body: Buffer } {
  const [found, ...others] = get(command).sent.filter(({ call, path: url }) => call === 's3.PutObject' && url.includes(`/${name}?`));
  if (found === undefined || others.length > 0) throw new Error(`${name} was not uploaded once`);
  return { key: decodeURIComponent(found.path.replace(/\?.*$/, '')), body: found.body };
}

function formOf({ body }: Sent): URLSearchParams {
  return new URLSearchParams(body.toString());
}

test.each(COMMANDS)('%s makes exactly the calls in scripts.ts, and ends well', (command) => {
  const { exitCode, differences, output } = get(command);
  expect({ exitCode, differences, output: exitCode === 0 ? '' : output }).toEqual({ exitCode: 0, differences: [], output: '' });
});

describe.each(DEPLOYMENTS)('%s sends', (command) => {
  test.each(FUNCTIONS)('the zip of %s that was packaged, byte for byte', (name) => {
    const { body } = uploaded(command, `${name}.zip`);
    expect(body.equals(zipsOfFirst.get(name) ?? Buffer.alloc(0))).toBe(true);
    expect(body.equals(readFileSync(path.join(out, `${name}.zip`)))).toBe(true);
  });

  test('to CloudFormation the template that was validated, which is the one that was uploaded', () => {
    const { key } = uploaded(command, 'compiled-cloudformation-template.json');
    const urls = get(command)
      .sent.filter(({ call }) => call === 'cloudformation.ValidateTemplate' || call === 'cloudformation.CreateChangeSet')
      .map((sent) => formOf(sent).get('TemplateURL'))
      .filter((url) => url !== null);
    expect(urls).toEqual(
      [`https://s3.amazonaws.com${key}`, `https://s3.amazonaws.com${key}`].map((url) => expect.stringMatching(samePath(url))),
    );
  });

  test('a stage with an access log in its own region, without an execution log', () => {
    const [patch] = get(command).sent.filter(({ call }) => call === 'apigateway.UpdateStage');
    expect(patch?.path).toBe(`/restapis/${API_ID}/stages/prod`);
    const { patchOperations } = JSON.parse(String(patch?.body)) as { readonly patchOperations: readonly { path: string; value: string }[] };
    const values = Object.fromEntries(patchOperations.map(({ path: at, value }) => [at, value]));
    expect(values).toEqual({
      '/tracingEnabled': 'false',
      '/accessLogSettings/destinationArn': `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:/aws/api-gateway/ldap-auth-prod`,
      '/accessLogSettings/format': expect.stringContaining('"requestId":"$context.requestId"'),
      '/*/*/logging/dataTrace': 'false',
      '/*/*/logging/loglevel': 'OFF',
    });
  });
});

/** Whatever the host of S3 in that region is called. */
function samePath(url: string): RegExp {
  return new RegExp(`^https://s3[^/]*${new URL(url).pathname.replace(/[.]/g, '\\.')}$`);
}

test('what deploy sends is the template that package writes, and AWS’s rules find nothing in it', () => {
  const packaged = path.join(out, 'cloudformation-template-update-stack.json');
  expect(JSON.parse(String(uploaded('deploy --package', 'compiled-cloudformation-template.json').body))).toEqual(readTemplate(packaged));
  expect(JSON.parse(String(uploaded('deploy', 'compiled-cloudformation-template.json').body))).toEqual(templateOfFirst);
  expect(findings(packaged)).toEqual([]);
});

test('the stack of a first deployment holds the deployment bucket and nothing else', () => {
  const bodies = get('deploy').sent.map((sent) => formOf(sent).get('TemplateBody'));
  const [core, ...others] = bodies.filter((body) => body !== null);
  const { Resources } = JSON.parse(core ?? '') as { readonly Resources: Readonly<Record<string, { readonly Type: string }>> };
  expect(others).toEqual([]);
  expect(Object.values(Resources).map(({ Type }) => Type)).toEqual(['AWS::S3::Bucket', 'AWS::S3::BucketPolicy']);
});

describe.each([
  ['the API key’s value, which AWS tells the CLI', API_KEY],
  ['a password in the shell', PASSWORD],
  ['the secret key of whoever deploys', SECRET_KEY],
])('%s', (_, secret) => {
  test.each(COMMANDS)('is in no request and no line of %s', (command) => {
    const { output, sent } = get(command);
    expect(output).not.toContain(secret);
    for (const { call, path: url, headers, body } of sent)
      expect([call, `${url} ${headers} ${body.toString('latin1')}`.includes(secret)]).toEqual([call, false]);
  });

  test('is in no file that was written', () => {
    const files = [out, path.join(deploys, '.serverless')]
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder).map((file) => path.join(folder, file)));
    expect(files.length).toBeGreaterThan(FUNCTIONS.length);
    expect(files.filter((file) => readFileSync(file, 'latin1').includes(secret))).toEqual([]);
  });
});

test('info names the key and conceals its value', () => {
  expect(get('info').output).toMatch(/^api keys:\n {2}ldap-auth-prod$/m);
});

test('without the account’s log role deploy fails once the stack is made, and says what is missing', async () => {
  const { exitCode, output, sent } = await run(
    deploys,
    { ...LATER_DEPLOYMENT, 'apigateway.UpdateStage': [noLogRole] },
    ...['deploy', '--package', '../out', ...PROD],
  );
  expect([exitCode, sent.at(-1)?.call]).toEqual([1, 'apigateway.UpdateStage']);
  expect(sent.map(({ call }) => call)).toContain('cloudformation.ExecuteChangeSet');
  expect(output).toContain(NO_LOG_ROLE);
  expect(readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8')).toContain(NO_LOG_ROLE);
}, 600_000);

test.each([
  ['invoke', '{}'],
  ['invoke --data', '{"user":"alice"}'],
] as const)('%s sends the doctor its event and shows its report', (command, event) => {
  const { sent, output } = get(command);
  const asked = sent.filter(({ call }) => call === 'lambda.Invoke').map(({ body }) => body.toString());
  expect(asked).toEqual([event]);
  expect(output).toContain('"ok": true');
});

/** Every `npx serverless …` of the documents: the words that say what it does. */
test('every serverless command of the documents is run here or packages, which test/package does', () => {
  const root = new URL('../../', import.meta.url);
  const documents = ['*.md', 'docs/*.md', 'examples/*.md'].flatMap((pattern) => globSync(pattern, { cwd: root }));
  const text = documents.map((file) => readFileSync(new URL(file, root), 'utf8')).join('\n');
  const told = [...text.matchAll(/npx serverless ([a-z]+)([^`\n]*)/g)].map(([, command = '', options = '']) => {
    const option = ['--package', '--data'].find((one) => options.includes(one));
    return option === undefined ? command : `${command} ${option}`;
  });
  expect(new Set(told)).toEqual(
    new Set(['package', 'deploy', 'package --package', 'deploy --package', 'invoke', 'invoke --data', 'remove']),
  );
  expect([...new Set(told)].filter((command) => command !== 'package' && !COMMANDS.some((run) => run === command))).toEqual([]);
});

test.each([
  [
    'deploy function',
    ['deploy', 'function', '-f', 'auth', ...PROD, ...PARAMETERS],
    /^deploy function is not possible here: .*\. Use deploy\.$/m,
  ],
  ['deploy without a connection', ['deploy', ...PROD], /no parameter says which directory to ask/],
  ['deploy with a wrong parameter', ['deploy', ...PROD, ...PARAMETERS, '--param=rateLimit=0'], /^ {2}rateLimit: a whole number/m],
  [
    'deploy --package of a folder without a package',
    ['deploy', ...PROD, '--package', 'src'],
    /^ {2}--package: a folder that package made/m,
  ],
  [
    'deploy --package of another stage',
    ['deploy', '--stage', 'test', '--package', '../out'],
    /--package: it was made for stage prod in eu-central-1, not test/,
  ],
])(
  '%s is refused before anything is sent',
  async (_, command, says) => {
    const { exitCode, output, sent } = await run(deploys, {}, ...command);
    expect([exitCode, sent]).toEqual([1, []]);
    expect(output).toMatch(says);
  },
  600_000,
);

test.each([
  ['deploy', [...PROD, ...PARAMETERS]],
  ['deploy --package', ['--package', '../out', ...PROD]],
])(
  '%s to a closed port ends in a refused connection, and not before',
  async (_, options) => {
    const { exitCode, output } = await runServerless(deploys, ['deploy', ...options], {
      ...ENVIRONMENT,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${await freePort()}`,
    });
    expect(exitCode).toBe(1);
    expect(output).toMatch(/^connect ECONNREFUSED 127\.0\.0\.1:\d+$/m);
  },
  600_000,
);
