import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { printParams } from '../../../tools/doctor/params.ts';
import { copyService, FUNCTIONS, type Packaging, readTemplate, runServerless, withFolder } from '../../package/packaged.ts';

const SECRET = 'Correct-Horse: "Battery" \\ Staple';

const SETTINGS = {
  LDAP_URL: 'ldaps://dc1.corp.example.com ldaps://dc2.corp.example.com',
  LDAP_DIRECTORY: 'active-directory',
  LDAP_BIND_DN: 'CN=svc "auth" \\, x,OU=Service: # 1,DC=corp,DC=example,DC=com',
  LDAP_BIND_PASSWORD: SECRET,
  LDAP_BASE_DN: 'DC=corp,DC=example,DC=com',
  LDAP_USER_FILTER: '(&(sAMAccountType=805306368)(|(mail={username})(cn=\\2a{username})))',
  LDAP_REQUIRED_GROUPS: '["CN=staff,DC=corp,DC=example,DC=com"]',
  LDAP_STARTTLS: '',
  LDAP_DEADLINE_MS: '5000',
  HOME: '/nobody',
} as const;

describe('the configuration as a block for serverless.yml', () => {
  test('no secret is in it, but the command that stores it', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n';
    const printed = printParams({ ...SETTINGS, LDAP_TLS_CERT: '/etc/pki/my client.pem', LDAP_TLS_KEY: key });
    expect(printed).not.toContain('Battery');
    expect(printed).not.toContain('abc');
    expect(printed).toContain(
      'aws ssm put-parameter --name /ldap-auth/prod/bind-password --type SecureString --value file://bind-password.txt',
    );
    expect(printed).toContain('    ldapBindPasswordParameter: /ldap-auth/prod/bind-password\n');
    expect(printed).toContain('aws secretsmanager create-secret --name ldap-auth/prod/tls-key --secret-string file://');
    expect(printed).toContain("    # cp '/etc/pki/my client.pem' 'certs/my client.pem'\n    ldapTlsCert: \"certs/my client.pem\"\n");
  });

  test.each([
    ['certs/corp-root.pem', '    ldapTlsCa: "certs/corp-root.pem"\n', 'cp '],
    [
      '/etc/pki/corp-root.pem',
      '    # cp /etc/pki/corp-root.pem certs/corp-root.pem\n    ldapTlsCa: "certs/corp-root.pem"\n',
      'no such text',
    ],
    ['-----BEGIN CERTIFICATE-----\nabc\n', '    ldapTlsCa: "-----BEGIN CERTIFICATE-----\\nabc\\n"\n', 'cp '],
  ])('an authority %j', (LDAP_TLS_CA, expected, without) => {
    const printed = printParams({ ...SETTINGS, LDAP_TLS_CA });
    expect(printed).toContain(expected);
    expect(printed).not.toContain(without);
  });

  test('what lies in a store stays there', () => {
    const { LDAP_BIND_PASSWORD: _, ...others } = SETTINGS;
    const printed = printParams({ ...others, LDAP_BIND_PASSWORD_SECRET: 'corp/ldap' });
    expect(printed).toContain('    ldapBindPasswordSecret: "corp/ldap"\n');
    expect(printed).not.toMatch(/put-parameter/);
  });
});

/** As an operator does it: the printed block, beside `local:` in serverless.yml. */
function packageWith(folder: string, block: string): Promise<Packaging> {
  copyService(folder);
  for (const name of FUNCTIONS) writeFileSync(path.join(folder, `src/handlers/${name}.ts`), 'export const handler = 0;\n');
  const file = path.join(folder, 'serverless.yml');
  const [head, ofStage] = block.split(/^params:$/m);
  expect(head).toMatch(/^#/);
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^params:$/m, `params:${ofStage ?? ''}`));
  return runServerless(folder, ['package', '--stage', 'prod'], {});
}

describe('from the printed block to a stack', () => {
  test('a blank that is forgotten is refused by its name', async () => {
    await withFolder(async (folder) => {
      const { exitCode, output } = await packageWith(folder, printParams(SETTINGS));
      expect(exitCode).not.toBe(0);
      expect(output).toMatch(/subnetIds: ids of subnets/);
      expect(output).toMatch(/securityGroupIds: ids of security groups/);
    });
  });

  test('with the blanks filled in, the functions have this very configuration', async () => {
    await withFolder(async (folder) => {
      const block = printParams(SETTINGS)
        .replace(/subnetIds: <.*>/, 'subnetIds: subnet-0aaa, subnet-0bbb')
        .replace(/securityGroupIds: <.*>/, 'securityGroupIds: sg-0ccc');
      const { exitCode, output, directory } = await packageWith(folder, block);
      expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
      const template = readTemplate(path.join(directory, 'cloudformation-template-update-stack.json'));
      const auth = template.Resources['AuthLambdaFunction']?.Properties;
      const { LDAP_BIND_PASSWORD: _password, LDAP_STARTTLS: _unset, HOME: _home, ...plain } = SETTINGS;
      expect(auth?.['Environment']).toEqual({
        Variables: { POWERTOOLS_SERVICE_NAME: 'ldap-auth-prod', ...plain, LDAP_BIND_PASSWORD_PARAMETER: '/ldap-auth/prod/bind-password' },
      });
      expect(auth?.['VpcConfig']).toEqual({ SubnetIds: ['subnet-0aaa', 'subnet-0bbb'], SecurityGroupIds: ['sg-0ccc'] });
    });
  });
});
