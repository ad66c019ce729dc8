'use strict';

const { arnHere } = require('./arns.cjs');
const { settingsOf } = require('./settings.cjs');

/** The name in Route 53, if its zone is there; otherwise its owner points it at the output DomainTarget. */
const record = (domainName, hostedZoneId) => ({
  Type: 'AWS::Route53::RecordSet',
  Properties: {
    Name: domainName,
    Type: 'A',
    HostedZoneId: hostedZoneId,
    AliasTarget: {
      DNSName: { 'Fn::GetAtt': ['Domain', 'RegionalDomainName'] },
      HostedZoneId: { 'Fn::GetAtt': ['Domain', 'RegionalHostedZoneId'] },
    },
  },
});

/** A name of one's own, without the stage in the path: https://login.corp.example.com/auth. */
module.exports = async (context) => {
  const { domainName, certificateArn, hostedZoneId } = (await settingsOf(context)).values;
  if (domainName === null || certificateArn === null) return {};
  return {
    Resources: {
      Domain: {
        Type: 'AWS::ApiGateway::DomainName',
        Properties: {
          DomainName: domainName,
          RegionalCertificateArn: arnHere('acm', certificateArn.replace(/^.*:/, '')),
          EndpointConfiguration: { Types: ['REGIONAL'] },
          SecurityPolicy: 'TLS_1_2',
        },
      },
      // On the stage, which the deployment makes: serverless/stack.cjs lets it wait for that.
      DomainMapping: {
        Type: 'AWS::ApiGateway::BasePathMapping',
        Properties: {
          DomainName: { Ref: 'Domain' },
          RestApiId: { Ref: 'ApiGatewayRestApi' },
          Stage: await context.resolveVariable('sls:stage'),
        },
      },
      ...(hostedZoneId === null ? {} : { DomainRecord: record(domainName, hostedZoneId) }),
    },
    Outputs: {
      DomainTarget: {
        Description: 'Where the DNS name of the API has to point',
        Value: { 'Fn::GetAtt': ['Domain', 'RegionalDomainName'] },
      },
    },
  };
};
