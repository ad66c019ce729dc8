import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import packageJson from '../../package.json' with { type: 'json' };
import { SETTINGS } from '../../src/config/settings.ts';
import { findings } from '../package/packaged.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DOCUMENT = readFileSync(path.join(ROOT, 'docs/without-serverless.md'), 'utf8');
const SERVICE = readFileSync(path.join(ROOT, 'serverless.yml'), 'utf8');

/** Where the stack's own roles are written. */
const STACK = 'stack/*.ts';

/** The fenced block that follows `<!-- example: NAME -->`. */
function example(name: string): string {
  return new RegExp(`<!-- example: ${name} -->\\n\\n\`\`\`\\w+\\n([^]*?)\`\`\``).exec(DOCUMENT)?.[1] ?? '';
}

/** What serverless.yml says under `provider:`. */
function provided(key: string): string {
  return new RegExp(`^  ${key}: (\\S+)`, 'm').exec(SERVICE)?.[1] ?? '';
}

/** A YAML key with everything below it, by its indentation: [the text without it, its lines]. */
function cut(text: string, key: string): readonly [rest: string, block: string] {
  const block = new RegExp(`^( *)${key}:.*\\n(?:\\1 +.*\\n)*`, 'm').exec(text)?.[0] ?? '';
  return [text.replace(block, ''), block];
}

/**
 * What SAM makes of the example, as far as it is written there: AWS's offline rules know CloudFormation's resources, and take every
 * property of a SAM resource.
 */
function withoutTransform(sam: string): string {
  const [withoutUrl, url] = cut(sam, 'FunctionUrlConfig');
  const [withoutPolicies, policies] = cut(withoutUrl, 'Policies');
  const theFunction = withoutPolicies
    .replace(/^Transform:.*\n/m, '')
    .replace('AWS::Serverless::Function', 'AWS::Lambda::Function')
    .replace(/CodeUri: .*/, 'Code: { S3Bucket: a-bucket, S3Key: a-key }\n      Role: !GetAtt Role.Arn');
  const statement = cut(policies, 'Statement')[1].replace(/^ {10}/gm, '              ');
  const trust = `{ Version: '2012-10-17', Statement: [{ Effect: Allow, Action: sts:AssumeRole, Principal: { Service: lambda.amazonaws.com } }] }`;
  return `${theFunction}  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: ${trust}
      Policies:
        - PolicyName: least-privilege
          PolicyDocument:
              Version: '2012-10-17'
${statement}  Url:
    Type: AWS::Lambda::Url
    Properties:
      TargetFunctionArn: !GetAtt Auth.Arn
${cut(url, 'AuthType')[1].replace(/^ +/gm, '      ')}`;
}

describe('the SAM example', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sam-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const found = (template: string): readonly string[] => {
    const file = path.join(folder, 'template.yaml');
    writeFileSync(file, template);
    return findings(file);
  };

  test('has no error and no warning by AWS’s rules', () => {
    expect(found(withoutTransform(example('sam')))).toEqual([]);
  });

  test.each([
    ['a property is misspelt', 'Timeout:', 'Tmeout:'],
    ['the runtime is none of Lambda’s', 'nodejs24.x', 'nodejs24'],
    ['the URL is open in a way that does not exist', 'AuthType: AWS_IAM', 'AuthType: IAM'],
  ])('would be found wrong, if %s', (_what, right, wrong) => {
    expect(found(withoutTransform(example('sam').replace(right, wrong)))).not.toEqual([]);
  });
});

describe.each(['sam', 'terraform'])('the example %s', (name) => {
  const text = example(name);

  test('has the runtime, architecture, memory and time-out of serverless.yml', () => {
    const values = [...text.matchAll(/(?:runtime|architectures|memory_?size|timeout)\s*[:=] \[?"?([\w.]+)/gi)].map(([, value]) => value);
    expect(values.toSorted()).toEqual(['runtime', 'architecture', 'memorySize', 'timeout'].map(provided).toSorted());
  });

  test('names the zip of this version', () => {
    const zips = [...text.matchAll(/release\/[\w.-]+\.zip/g)].map(([zip]) => zip);
    expect(new Set(zips)).toEqual(new Set([`release/ldap-auth-${packageJson.version}-auth.zip`]));
  });

  test('sets variables that exist', () => {
    const names = [...text.matchAll(/^\s+((?:LDAP|AUTH)_\w+)/gm)].map(([, variable]) => variable ?? '');
    expect(names.length).toBeGreaterThan(4);
    expect(names.filter((variable) => !(variable in SETTINGS))).toEqual([]);
  });

  test('lets nobody call who is not known to AWS', () => {
    expect(text).toContain('AWS_IAM');
    expect(text).not.toContain('NONE');
  });
});

test('the Terraform example closes what it opens, outside of its strings', () => {
  const open: string[] = [];
  const CLOSES: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
  for (const [sign] of example('terraform')
    .replace(/"[^"\n]*"/g, '""')
    .matchAll(/[()[\]{}]/g)) {
    if (!(sign in CLOSES)) open.push(sign);
    else expect([open.pop(), sign]).toEqual([CLOSES[sign], sign]);
  }
  expect(open).toEqual([]);
});

test('the table of permissions names every action that a role of the stack may have', () => {
  const source = globSync(STACK, { cwd: ROOT }).map((file) => readFileSync(path.join(ROOT, file), 'utf8'));
  const actions = new Set(source.join('').match(/'(?:logs|ec2|ssm|secretsmanager|kms|xray|dynamodb):[A-Z]\w+'/g));
  expect(actions.size).toBeGreaterThan(10);
  expect([...actions].filter((action) => !DOCUMENT.includes(`\`${action.slice(1, -1)}\``))).toEqual([]);
});
