'use strict';

/**
 * osls plugin. A deployment is a snapshot of the API, and osls lets it be taken before the gateway's own answers are there. It
 * also makes the stage, for which osls has no variables: the one called `application` tells ldap-auth whose groups count.
 */
class Deployment {
  constructor(serverless) {
    this.hooks = {
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const { provider, custom } = serverless.service;
        const { Resources } = provider.compiledCloudFormationTemplate;
        const idsOf = (type) => Object.keys(Resources).filter((id) => Resources[id].Type === `AWS::ApiGateway::${type}`);
        for (const id of idsOf('Deployment')) {
          Resources[id].Properties.StageDescription = { Variables: { application: custom.application } };
          Resources[id].DependsOn = [...new Set([Resources[id].DependsOn ?? [], idsOf('GatewayResponse')].flat(2))];
        }
      },
    };
  }
}

module.exports = Deployment;
