'use strict';

const { statSync } = require('node:fs');
const path = require('node:path');

const { prepare } = require('../src/wiring.ts');

// Whether a stage that is deployed can work, as far as that can be seen offline: before anything is made.

/** The variable LDAP_TLS_CA is the stage parameter ldapTlsCa. */
const parameterOf = (variable) => variable.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/** A problem of the functions' variables in the words of somebody who writes stage parameters. */
const inParameters = (text) => text.replace(/\b(?:LDAP|AUTH)_[A-Z_]+\b/g, parameterOf);

const isPem = (text) => text.includes('-----BEGIN ');

/** The zip holds the files of certs/ and no others; there Lambda runs the function in /var/task. */
const fileOf = (root, text) => {
  const [, name] = /^(?:\.\/|\/var\/task\/)?certs\/([^/]+)$/.exec(text) ?? [];
  return name === undefined || name.startsWith('.') ? undefined : path.join(root, 'certs', name);
};

const isThere = (file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true;

const FILES = ['LDAP_TLS_CA', 'LDAP_TLS_CERT', 'LDAP_TLS_KEY'];

const fileProblems = (root, variables) =>
  FILES.filter((variable) => variable in variables && !isPem(variables[variable])).flatMap((variable) => {
    const file = fileOf(root, variables[variable]);
    if (file === undefined)
      return [[variable, 'PEM text, or a file directly in certs/, like certs/corp-root.pem: nothing else is in the zip']];
    return isThere(file) ? [] : [[variable, 'this file is not there']];
  });

const REFERENCE = /^\{\{resolve:secretsmanager:[^{}]+\}\}$/;

/** Whoever may read the template, the deployment bucket or serverless-state.json would read the secret. */
const literal = (text, way) => {
  if (REFERENCE.test(text)) return [];
  if (text.includes('{{resolve:ssm-secure:')) {
    return [`CloudFormation does not resolve ssm-secure in a function's environment. ${way}`];
  }
  return [`not in clear text, which would lie in the template and in the deployment bucket. ${way}`];
};

const A_REFERENCE = 'a reference like {{resolve:secretsmanager:ldap-auth/prod/bind-password}}';

const literalProblems = ({ LDAP_BIND_PASSWORD: password, LDAP_TLS_KEY: key }) => [
  ...(password === undefined ? [] : literal(password, `Use ldapBindPasswordParameter, ldapBindPasswordSecret, or ${A_REFERENCE}`)).map(
    (says) => ['LDAP_BIND_PASSWORD', says],
  ),
  ...(key !== undefined && isPem(key) ? literal(key, 'Use ldapTlsKeySecret') : []).map((says) => ['LDAP_TLS_KEY', says]),
];

/** Connection parameters are those of the directory. None at all may come later: `package` needs no setting, and only warns. */
const isConnected = (variables) => Object.keys(variables).some((variable) => variable.startsWith('LDAP_'));

/** What the function itself would find wrong at its start, with the files where they are here. */
const ownProblems = (root, variables) => {
  const here = FILES.filter((variable) => variable in variables && fileOf(root, variables[variable]) !== undefined);
  const found = prepare({ ...variables, ...Object.fromEntries(here.map((variable) => [variable, fileOf(root, variables[variable])])) });
  return found.problems.map(({ variable, expected }) => [variable, expected]);
};

/**
 * Every problem with the variables, as parameters, one for each: with a secret in clear text or a file that is not there, what
 * the function would say to it does not matter any more. Without a connection nothing is missing yet.
 */
const variableProblems = (root, variables) => {
  const own = ownProblems(root, variables).filter(([variable]) => isConnected(variables) || variable in variables);
  const all = [...fileProblems(root, variables), ...literalProblems(variables), ...own];
  const first = new Map(all.toReversed());
  return [...first].toReversed().map(([variable, says]) => `${parameterOf(variable)}: ${inParameters(says)}`);
};

const LAMBDA_ENVIRONMENT_BYTES = 4096;

/** Lambda measures the names and values together, as JSON. A reference counts as it stands here: what it leads to is not known. */
const sizeProblems = (environment) => {
  const bytes = Buffer.byteLength(JSON.stringify(environment));
  if (bytes <= LAMBDA_ENVIRONMENT_BYTES) return [];
  const [largest] = Object.keys(environment).toSorted((one, other) => environment[other].length - environment[one].length);
  const way = largest === 'LDAP_TLS_CA' ? ': put it into ldapTlsCaParameter, or into a file in certs/' : '';
  return [`${parameterOf(largest)}: the functions' environment is ${bytes} bytes, and Lambda takes ${LAMBDA_ENVIRONMENT_BYTES}${way}`];
};

const REGIONAL_VARIABLES = ['LDAP_BIND_PASSWORD_PARAMETER', 'LDAP_BIND_PASSWORD_SECRET', 'LDAP_TLS_CA_PARAMETER', 'LDAP_TLS_KEY_SECRET'];
const REGIONAL_PARAMETERS = ['certificateArn', 'secretKmsKeyArn', 'logKmsKeyArn', 'alarmTopicArn'];

/** Everything that is named by its ARN is asked in the region of the stack. */
const regionProblems = (values, variables, region) => {
  const named = [
    ...REGIONAL_PARAMETERS.map((name) => [name, values[name]]),
    ...REGIONAL_VARIABLES.map((variable) => [parameterOf(variable), variables[variable]]),
  ];
  return named
    .filter(([, value]) => value?.startsWith('arn:') === true && value.split(':')[3] !== region)
    .map(([name]) => `${name}: an ARN in the region of the stack, ${region}`);
};

module.exports = { isConnected, literal, parameterOf, regionProblems, sizeProblems, variableProblems };
