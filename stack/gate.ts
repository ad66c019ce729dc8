import { type Context, gateTableOf, prefixOf, settingsOf } from './settings.ts';

/**
 * With `gateTable` the gate's table: on demand, with a bound on writes against bills. Rows go by themselves; what is lost with the table is
 * a window's count of failures, so nothing is kept or backed up.
 */
export async function gateTable(context: Context): Promise<object> {
  const { values } = await settingsOf(context);
  if (!values.gateTable) return {};
  return {
    Resources: {
      GateTable: {
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy: 'Delete',
        UpdateReplacePolicy: 'Delete',
        Properties: {
          TableName: gateTableOf(await prefixOf(context)),
          BillingMode: 'PAY_PER_REQUEST',
          OnDemandThroughput: { MaxWriteRequestUnits: values.gateTableWriteUnits },
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        },
      },
    },
  };
}
