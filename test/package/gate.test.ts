import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { findings, FUNCTIONS, ofType, only, packageTemplates, type Packaged, resource } from './packaged.ts';

const DIRECTORY = ['--param=ldapUrl=ldaps://dc1.corp.example.com', '--param=ldapUserDnTemplate={username}@corp.example.com'];

const OPTIONS = {
  'no gate': DIRECTORY,
  'a table of its own': [...DIRECTORY, '--param=authGateFailures=4', '--param=gateTable=true', '--param=gateTableWriteUnits=50'],
  'another table': [...DIRECTORY, '--param=authGateFailures=4', '--param=authGateTable=shared-gate'],
} as const satisfies Record<string, readonly string[]>;

type Options = keyof typeof OPTIONS;

let folder: string;
let packaged: Readonly<Record<Options, Packaged>>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'gate-'));
  packaged = await packageTemplates(folder, OPTIONS);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(Object.keys(OPTIONS).map((name) => name as Options))('with %s AWS’s rules find no error and no warning', (options) => {
  expect(findings(packaged[options].templateFile)).toEqual([]);
});

describe('the gate’s table', () => {
  test('is made on demand, with a bound on writes, and forgets by itself', () => {
    expect(only(packaged['a table of its own'], 'AWS::DynamoDB::Table').Properties).toEqual({
      TableName: 'ldap-auth-dev-gate',
      BillingMode: 'PAY_PER_REQUEST',
      OnDemandThroughput: { MaxWriteRequestUnits: 50 },
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
    for (const options of ['no gate', 'another table'] as const) expect(ofType(packaged[options], 'AWS::DynamoDB::Table')).toEqual([]);
  });

  test('is named to the functions', () => {
    const tableOf = (options: Options): unknown =>
      /"AUTH_GATE_TABLE":"([^"]*)"/.exec(JSON.stringify(resource(packaged[options], 'AuthLambdaFunction').Properties))?.[1];
    expect(Object.keys(OPTIONS).map((name) => tableOf(name as Options))).toEqual([undefined, 'ldap-auth-dev-gate', 'shared-gate']);
  });

  test('may be read and updated by auth and authorizer, read by the doctor, and nothing else', () => {
    const statements = (options: Options, name: string): readonly unknown[] => {
      const role = resource(packaged[options], `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Role`).Properties as {
        readonly Policies: readonly [{ readonly PolicyDocument: { readonly Statement: readonly unknown[] } }];
      };
      return role.Policies[0].PolicyDocument.Statement.filter((statement) => JSON.stringify(statement).includes('dynamodb'));
    };
    const own = { 'Fn::GetAtt': ['GateTable', 'Arn'] };
    const other = { 'Fn::Sub': 'arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/shared-gate' };
    for (const name of FUNCTIONS) {
      const Action = name === 'doctor' ? ['dynamodb:GetItem'] : ['dynamodb:GetItem', 'dynamodb:UpdateItem'];
      expect(statements('no gate', name)).toEqual([]);
      expect(statements('a table of its own', name)).toEqual([{ Effect: 'Allow', Action, Resource: own }]);
      expect(statements('another table', name)).toEqual([{ Effect: 'Allow', Action, Resource: other }]);
    }
  });
});
