'use strict';

// ARNs in the template. AWS's rules want no account id in it, and take a pseudo parameter in an ARN for a fixed one where they
// would rather see a resource: both are right about templates that travel, so that is how it is written.

/** The account of the stack, as one of its resources knows it. */
const ACCOUNT = { 'Fn::Select': [4, { 'Fn::Split': [':', { 'Fn::GetAtt': ['AuthLambdaFunction', 'Arn'] }] }] };

/** Something in the account and region of the stack. */
const arnHere = (service, resource) => ({
  'Fn::Sub': [`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${Account}:${resource}`, { Account: ACCOUNT }],
});

// What may be given as a whole ARN, of this account or another one, and the template's parameter for it. (The rules take
// whatever has "secret" or "password" in its name for one.)
const PARAMETER_OF = {
  permissionsBoundary: 'PermissionsBoundary',
  secretKmsKeyArn: 'KmsKeyOfStores',
  logKmsKeyArn: 'KmsKeyOfLogs',
  LDAP_BIND_PASSWORD_PARAMETER: 'StoreOfBind',
  LDAP_BIND_PASSWORD_SECRET: 'StoreOfBind',
  LDAP_TLS_CA_PARAMETER: 'StoreOfAuthority',
  LDAP_TLS_KEY_SECRET: 'StoreOfClientKey',
};

const givenArn = (name) => ({ Ref: PARAMETER_OF[name] });

/** Those parameters of the template. They have their values as defaults, so that the template can be deployed by itself. */
const templateParameters = ({ values, variables }) => {
  const given = Object.entries({ ...values, ...variables }).filter(
    ([name, value]) => name in PARAMETER_OF && value !== null && value.startsWith('arn:'),
  );
  return Object.fromEntries(given.map(([name, value]) => [PARAMETER_OF[name], { Type: 'String', Default: value }]));
};

module.exports = { arnHere, givenArn, templateParameters };
