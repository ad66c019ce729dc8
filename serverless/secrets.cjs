'use strict';

const { givenArn } = require('./arns.cjs');

// What a function may read: the secrets that are configured, each by its own ARN, and nothing beside them. A name with a
// wildcard in it would open others, so it is refused, like everything that AWS would not take as a name.

const PARAMETER_NAME = /^(\/?[\w.-]+)(\/[\w.-]+)*$/;
const PARAMETER_ARN = /^arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:parameter(\/[\w.-]+)+$/;
const SECRET_NAME = /^[\w/+=.@-]{1,512}$/;
const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-\w{6}$/;

const PARAMETER = {
  service: 'ssm',
  action: 'ssm:GetParameter',
  patterns: [PARAMETER_NAME, PARAMETER_ARN],
  expected: 'the name of an SSM parameter like /ldap-auth/prod/bind-password, or its ARN',
  resourceOf: (name) => `parameter/${name.replace(/^\//, '')}`,
};

const SECRET = {
  service: 'secretsmanager',
  action: 'secretsmanager:GetSecretValue',
  patterns: [SECRET_NAME, SECRET_ARN],
  expected: 'the name of a Secrets Manager secret like ldap-auth/prod/bind-password, or its whole ARN with the six characters at the end',
  resourceOf: (name) => `secret:${name}-??????`, // Secrets Manager appends six characters; AWS recommends these wildcards for them
};

const STORE_OF = {
  LDAP_BIND_PASSWORD_PARAMETER: ['ldapBindPasswordParameter', PARAMETER],
  LDAP_BIND_PASSWORD_SECRET: ['ldapBindPasswordSecret', SECRET],
  LDAP_TLS_CA_PARAMETER: ['ldapTlsCaParameter', PARAMETER],
  LDAP_TLS_KEY_SECRET: ['ldapTlsKeySecret', SECRET],
};

const used = (variables) =>
  Object.entries(STORE_OF).flatMap(([variable, [parameter, store]]) =>
    variable in variables ? [{ variable, parameter, store, name: variables[variable] }] : [],
  );

const secretProblems = (variables) =>
  used(variables)
    .filter(({ store, name }) => !store.patterns.some((pattern) => pattern.test(name)))
    .map(({ parameter, store }) => `${parameter}: ${store.expected}`);

const arnOf = ({ variable, store, name }) =>
  name.startsWith('arn:')
    ? givenArn(variable)
    : { 'Fn::Sub': `arn:\${AWS::Partition}:${store.service}:\${AWS::Region}:\${AWS::AccountId}:${store.resourceOf(name)}` };

/** Through the stores alone that are in use: the role cannot decrypt anything with the key by itself. */
const decrypt = (keyArn, services) => ({
  Effect: 'Allow',
  Action: ['kms:Decrypt'],
  Resource: keyArn,
  Condition: {
    StringEquals: { 'kms:ViaService': services.map((service) => ({ 'Fn::Sub': `${service}.\${AWS::Region}.\${AWS::URLSuffix}` })) },
  },
});

/** Statements for a role: a GetParameter or GetSecretValue for each secret. Without a key of one's own AWS's keys need no statement. */
const secretStatements = (variables, keyArn) => {
  const secrets = used(variables);
  const statements = secrets.map((secret) => ({ Effect: 'Allow', Action: [secret.store.action], Resource: arnOf(secret) }));
  const services = [...new Set(secrets.map(({ store }) => store.service))];
  return keyArn === null || services.length === 0 ? statements : [...statements, decrypt(keyArn, services)];
};

module.exports = { secretProblems, secretStatements };
