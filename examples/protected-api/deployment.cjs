'use strict';

/** osls plugin: a deployment is a snapshot of the API, and osls lets it be taken before the gateway's own answers are there. */
class Deployment {
  constructor(serverless) {
    this.hooks = {
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        const { Resources } = serverless.service.provider.compiledCloudFormationTemplate;
        const idsOf = (type) => Object.keys(Resources).filter((id) => Resources[id].Type === `AWS::ApiGateway::${type}`);
        for (const id of idsOf('Deployment')) {
          Resources[id].DependsOn = [...new Set([Resources[id].DependsOn ?? [], idsOf('GatewayResponse')].flat(2))];
        }
      },
    };
  }
}

module.exports = Deployment;
