import { beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { APPLICATION_FILE } from '../../stack/application-file.ts';
import { Authority } from '../../tools/demo-directory/certificates.ts';
import { runPackage, runPackageOfStubs, withFolder } from './packaged.ts';

// Stages that cannot work, and what is said about each: everything at once, in our own words, before anything is made.

type Row = readonly [what: string, parameters: Readonly<Record<string, string>>, says: readonly string[]];

const LOOKUP = { ldapUrl: 'ldaps://dc1.corp.example.com', ldapBindDn: 'cn=service', ldapBaseDn: 'dc=corp,dc=example,dc=com' };
const WORKS = { ...LOOKUP, ldapBindPasswordParameter: '/ldap-auth/prod/bind-password' };
const PEM = (await Authority.create('one')).pem;
const SECRET = 'Correct-Horse-Battery-Staple';

const CLEAR = 'not in clear text, which would lie in the template and in the deployment bucket.';
const INSTEAD =
  'Use ldapBindPasswordParameter, ldapBindPasswordSecret, or a reference like {{resolve:secretsmanager:ldap-auth/prod/bind-password}}';
const FILE = 'PEM text, or a file directly in certs/, like certs/corp-root.pem: nothing else is in the zip';
const HERE = 'an ARN in the region of the stack, eu-central-1';

/** The parameters of the README's deployment, but the authority, whose file is the reader's own. */
const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const OF_README = Object.fromEntries([...README.matchAll(/--param="(\w+)=([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]));

/** Three groups each, with DNs of a usual length. */
function manyApplications(count: number): Readonly<Record<string, readonly string[]>> {
  const group = (number: number): string => `CN=app-group-${number},OU=Groups,DC=corp,DC=example,DC=com`;
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`application-${index}`, [1, 2, 3].map((one) => group(index + one))]),
  );
}

const ROWS: readonly Row[] = [
  ['the README’s parameters', OF_README, ['ldapTlsCa: this file is not there']],
  ['nothing', {}, []],
  ['what works', WORKS, []],
  ['a reference', { ...LOOKUP, ldapBindPassword: '{{resolve:secretsmanager:ldap-auth/prod/bind-password:SecretString:password}}' }, []],
  ['an authority as text', { ...WORKS, ldapTlsCa: PEM }, []],
  ['a password in clear text', { ...LOOKUP, ldapBindPassword: SECRET }, [`ldapBindPassword: ${CLEAR} ${INSTEAD}`]],
  [
    'a reference within a text',
    { ...LOOKUP, ldapBindPassword: `${SECRET}{{resolve:secretsmanager:x}}` },
    [`ldapBindPassword: ${CLEAR} ${INSTEAD}`],
  ],
  ['a reference that lies in clear text', { ...LOOKUP, ldapBindPassword: '{{resolve:ssm:/x}}' }, [`ldapBindPassword: ${CLEAR} ${INSTEAD}`]],
  [
    'a reference that is not resolved',
    { ...LOOKUP, ldapBindPassword: '{{resolve:ssm-secure:/ldap-auth/prod/bind-password}}' },
    [`ldapBindPassword: CloudFormation does not resolve ssm-secure in a function's environment. ${INSTEAD}`],
  ],
  [
    'an API key in clear text',
    { apiKeyValue: `${SECRET}-${SECRET}` },
    [
      `apiKeyValue: ${CLEAR} Leave it out, and API Gateway makes a key, or use a reference like {{resolve:secretsmanager:ldap-auth/prod/api-key}}`,
    ],
  ],
  ['an API key by reference', { apiKeyValue: '{{resolve:secretsmanager:ldap-auth/prod/api-key}}' }, []],
  [
    'a private key in clear text',
    { ...WORKS, ldapTlsCert: PEM, ldapTlsKey: `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n` },
    [`ldapTlsKey: ${CLEAR} Use ldapTlsKeySecret`],
  ],
  ['applications as text', { ...WORKS, authApplications: '{"wiki":["cn=staff,dc=x"]}' }, []],
  ['applications in a file', { ...WORKS, authApplications: './test/config/applications.json' }, []],
  ['applications where Lambda has them', { ...WORKS, authApplications: '/var/task/test/config/applications.json' }, []],
  ['applications that are not there', { ...WORKS, authApplications: 'applications.json' }, ['authApplications: this file is not there']],
  ['applications outside', { ...WORKS, authApplications: '../applications.json' }, [`authApplications: ${APPLICATION_FILE}`]],
  ['applications elsewhere', { ...WORKS, authApplications: '/etc/applications.json' }, [`authApplications: ${APPLICATION_FILE}`]],
  ['applications that are none', { ...WORKS, authApplications: 'package.json' }, ['authApplications: ']],
  [
    'too many applications for an environment',
    { ...WORKS, authApplications: JSON.stringify(manyApplications(40)) },
    [/^authApplications: the functions' environment is \d+ bytes, and Lambda takes 4096: put it into a file, and name that$/.source],
  ],
  ['an authority that is not there', { ...WORKS, ldapTlsCa: 'certs/corp-root.pem' }, ['ldapTlsCa: this file is not there']],
  ['an authority elsewhere', { ...WORKS, ldapTlsCa: '/etc/ssl/corp-root.pem' }, [`ldapTlsCa: ${FILE}`]],
  ['an authority outside', { ...WORKS, ldapTlsCa: 'certs/../package.json' }, [`ldapTlsCa: ${FILE}`]],
  ['a file that is no certificate', { ...WORKS, ldapTlsCa: 'certs/README.md' }, ['ldapTlsCa: ']],
  [
    'a client certificate and key that are not there',
    { ...WORKS, ldapTlsCert: 'certs/client.pem', ldapTlsKey: 'certs/client.key' },
    ['ldapTlsCert: this file is not there', 'ldapTlsKey: this file is not there'],
  ],
  [
    'a URL alone',
    { ldapUrl: 'ldaps://dc1.corp.example.com' },
    [
      'ldapBaseDn: the DN under which users are searched, or a JSON array of such DNs',
      'ldapBindDn: the DN of the service account, or ldapAnonymousSearch=true, or ldapUserDnTemplate',
      'ldapBindPassword: the password of ldapBindDn (an empty one is no password), or a store to take it from',
    ],
  ],
  ['a kind of directory alone', { ldapDirectory: '389ds' }, ['ldapUrl: ', 'ldapBaseDn: ', 'ldapBindDn: ', 'ldapBindPassword: ']],
  ['a filter that is none', { ...WORKS, ldapUserFilter: '(uid={username}' }, ['ldapUserFilter: ']],
  [
    'two authorities of 4096 bits as text',
    { ...WORKS, ldapTlsCa: `${PEM}${`# ${'x'.repeat(60)}\n`.repeat(60)}` },
    [
      /^ldapTlsCa: the functions' environment is 4\d\d\d bytes, and Lambda takes 4096: put it into ldapTlsCaParameter, or into a file in certs\/$/
        .source,
    ],
  ],
  [
    'an environment that is too large by something else',
    {
      ...WORKS,
      ldapRequiredGroups: JSON.stringify(Array.from({ length: 99 }, (_, index) => `cn=group ${index},ou=groups,dc=corp,dc=example,dc=com`)),
    },
    [/^ldapRequiredGroups: the functions' environment is \d+ bytes, and Lambda takes 4096$/.source],
  ],
  [
    'ARNs of another region',
    {
      ...LOOKUP,
      ldapBindPasswordSecret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:bind-Ab12Cd',
      ldapTlsCaParameter: 'arn:aws:ssm:us-east-1:123456789012:parameter/ca',
      ldapTlsCert: PEM,
      ldapTlsKeySecret: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:key-Ab12Cd',
      domainName: 'login.corp.example.com',
      certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab',
      secretKmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1',
      logKmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1',
      alarmTopicArn: 'arn:aws:sns:us-east-1:123456789012:operators',
    },
    [
      ...['certificateArn', 'secretKmsKeyArn', 'logKmsKeyArn', 'alarmTopicArn'].map((name) => `${name}: ${HERE}`),
      ...['ldapBindPasswordSecret', 'ldapTlsCaParameter', 'ldapTlsKeySecret'].map((name) => `${name}: ${HERE}`),
    ],
  ],
  [
    'a parameter in another region',
    { ...LOOKUP, ldapBindPasswordParameter: 'arn:aws:ssm:us-east-1:123456789012:parameter/bind' },
    [`ldapBindPasswordParameter: ${HERE}`],
  ],
  [
    'a domain without its certificate, beside another mistake',
    { domainName: 'login.corp.example.com', rateLimit: 'many', healthMinutes: '90' },
    [
      'rateLimit: a whole number from 1 to 10000',
      'healthMinutes: a whole number from 1 to 60',
      'domainName and certificateArn: both or neither',
    ],
  ],
];

// As osls calls it: a function that resolves variables, in Node itself, which loads the stack's files as osls does.
const ASK = `
  const { check } = require('./stack/values.cjs');
  const ask = (texts) => {
    const known = { 'sls:stage': 'prod', 'self:service': 'ldap-auth', 'self:provider.region': 'eu-central-1' };
    const resolveVariable = async (name) => known[name] ?? texts[/^param:(\\w+)/.exec(name)[1]];
    return check({ resolveVariable, resolveConfigurationProperty: async () => ({}) });
  };
  Promise.all(JSON.parse(process.argv[1]).map(ask)).then((found) => console.log(JSON.stringify(found)));
`;

type Found = { readonly problems: readonly string[]; readonly ofStage: readonly string[]; readonly isConnected: boolean };

const found = new Map<string, Found>();

beforeAll(async () => {
  const rows = JSON.stringify(ROWS.map(([, parameters]) => parameters));
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', ASK, rows], { cwd: path.resolve(import.meta.dirname, '../..') });
  const answers = JSON.parse(stdout) as readonly Found[];
  for (const [index, [what]] of ROWS.entries()) {
    const answer = answers[index];
    if (answer !== undefined) found.set(what, answer);
  }
}, 600_000);

describe('a stage with', () => {
  test.each(ROWS)('%s', (what, _, says) => {
    const { problems, ofStage } = found.get(what) ?? { problems: [], ofStage: ['was not asked'] };
    const said = [...problems, ...ofStage];
    const isSaid = (line: string): boolean => said.some((one) => one === line || (line.endsWith(': ') && one.startsWith(line)));
    const isMatched = (line: string): boolean => line.startsWith('^') && said.some((one) => new RegExp(line).test(one));
    expect(says.filter((line) => !isSaid(line) && !isMatched(line))).toEqual([]);
    expect(said).toHaveLength(says.length);
  });

  test('the README’s parameters: a stored password, an alarm address and the doctor among them', () => {
    expect(Object.keys(OF_README)).toEqual(expect.arrayContaining(['ldapBindPasswordParameter', 'alarmEmail', 'healthMinutes']));
  });

  test('a secret never reads it again in what is said', () => {
    expect(JSON.stringify([...found.values()])).not.toContain(SECRET);
  });

  test('any connection parameter at all is connected', () => {
    expect([found.get('nothing')?.isConnected, found.get('a URL alone')?.isConnected]).toEqual([false, true]);
  });
});

describe('packaging', () => {
  test('says all of it at once, and nothing of its own machinery', async () => {
    await withFolder(async (folder) => {
      const options = [
        'ldapUlr=x',
        'rateLimit=many',
        'ldapUrl=http://directory.example.com',
        'ldapTlsKeySecret=*',
        `ldapBindPassword=${SECRET}`,
      ];
      const { exitCode, output } = await runPackageOfStubs(
        folder,
        options.map((option) => `--param=${option}`),
      );
      expect(exitCode).toBe(1);
      for (const complaint of [
        'Nothing was made: the parameters of the stage dev cannot work.\n  no such parameter: ldapUlr. There are: access, ',
        '\n  rateLimit: a whole number',
        '\n  ldapUrl: one or more URLs',
        '\n  ldapBaseDn: the DN',
        `\n  ldapBindPassword: ${CLEAR}`,
        '\n  ldapTlsKeySecret: the name of',
      ]) {
        expect(output).toContain(complaint);
      }
      expect(output).not.toMatch(new RegExp(`Cannot resolve|Received rejection|${SECRET}`));
    });
  }, 600_000);

  test('works without any parameter, and says that this is not enough to deploy', async () => {
    await withFolder(async (folder) => {
      const { exitCode, output } = await runPackageOfStubs(folder, []);
      expect(exitCode).toBe(0);
      expect(output).toContain('Warning: Stage dev: no parameter says which directory to ask');
    });
  }, 600_000);

  test('with a Node that runs no TypeScript says one sentence', async () => {
    await withFolder(async (folder) => {
      const { exitCode, output } = await runPackage(folder, [], { NODE_OPTIONS: '--no-experimental-strip-types' });
      expect(exitCode).toBe(1);
      expect(output).toMatch(
        /^This is Node v[\d.]+, which does not run TypeScript\. Use npx serverless: it takes the Node of this project\.\n$/,
      );
    });
  }, 600_000);

  test('refuses the stage of npm start', async () => {
    await withFolder(async (folder) => {
      const { exitCode, output } = await runPackageOfStubs(folder, ['--stage', 'local']);
      expect([exitCode, output]).toEqual([1, expect.stringContaining('The stage "local" is for npm start.')]);
    });
  }, 600_000);
});
