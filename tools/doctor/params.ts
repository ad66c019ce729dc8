import path from 'node:path';

import type { Environment } from '../../src/config/environment.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { parameterOf } from '../../stack/settings.ts';

/** The stage that the block is for; its name is in the names of the stored secrets. */
const STAGE = 'prod';

const INSERT = "sed -e '/^params:$/r params.yml' -e '/^params:$/d' serverless.yml > with-params.yml && mv with-params.yml serverless.yml";

const HEAD = [
  '# The configuration that the doctor has just checked, for serverless.yml. It replaces the line "params:" there. With this text in params.yml:',
  `#   ${INSERT}`,
  `# Fill in what stands between < and >. Then: npx serverless deploy --stage ${STAGE}`,
  'params:',
  `  ${STAGE}:`,
] as const;

/** What no configuration of a machine can tell. They are refused as they stand, so that none is forgotten. */
const BLANKS = [
  '# Only AWS knows these. Fill both in, or delete both where the directory is reached without a VPC (docs/deploy.md, step 1).',
  'subnetIds: <the subnets from which the directory is reached>',
  'securityGroupIds: <the security groups that let the functions out to it>',
] as const;

/**
 * The service's variables as a `params:` block for serverless.yml. A password or a key is not in it: the command that stores it
 * is, and the parameter that names where. Files are expected in certs/, which goes into every zip; the command that puts them
 * there is printed too.
 */
export function printParams(settings: Environment): string {
  const lines = Object.keys(SETTINGS).flatMap((variable) => {
    const value = settings[variable];
    return value === undefined || value === '' ? [] : linesOf(variable, value);
  });
  return [...HEAD, ...[...lines, ...BLANKS].map((line) => `    ${line}`), ''].join('\n');
}

function linesOf(variable: string, value: string): readonly string[] {
  switch (variable) {
    case 'LDAP_BIND_PASSWORD':
      return storedPassword();
    case 'LDAP_TLS_KEY':
      return storedKey(value);
    case 'LDAP_TLS_CA':
    case 'LDAP_TLS_CERT':
      return certificate(variable, value);
    default:
      return [`${parameterOf(variable)}: ${JSON.stringify(value)}`]; // a JSON string is one of YAML
  }
}

function storedPassword(): readonly string[] {
  const name = `/ldap-auth/${STAGE}/bind-password`;
  return [
    '# The password of the service account is stored once, typed without echo:',
    '#   (umask 077; stty -echo; IFS= read -r PASSWORD; stty echo; printf %s "$PASSWORD" > bind-password.txt)',
    `#   aws ssm put-parameter --name ${name} --type SecureString --value file://bind-password.txt; rm bind-password.txt`,
    `ldapBindPasswordParameter: ${name}`,
  ];
}

function storedKey(value: string): readonly string[] {
  const name = `ldap-auth/${STAGE}/tls-key`;
  const file = isPem(value) ? '<the file with the key of LDAP_TLS_CERT>' : value;
  return [
    '# The key of the client certificate is stored once:',
    `#   aws secretsmanager create-secret --name ${name} --secret-string file://${file}`,
    `ldapTlsKeySecret: ${name}`,
  ];
}

function certificate(variable: string, value: string): readonly string[] {
  const parameter = parameterOf(variable);
  if (isPem(value)) return [`${parameter}: ${JSON.stringify(value)}`];
  const place = path.posix.join('certs', path.basename(value));
  const isThere = path.posix.normalize(value) === place;
  return [...(isThere ? [] : [`# cp ${shellWord(value)} ${shellWord(place)}`]), `${parameter}: ${JSON.stringify(place)}`];
}

function isPem(value: string): boolean {
  return value.includes('-----BEGIN');
}

function shellWord(text: string): string {
  return /^[\w./@%+=:,-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
