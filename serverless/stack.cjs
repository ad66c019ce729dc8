'use strict';

const LOCAL_STAGE = 'local';

/**
 * osls plugin: what osls leaves undone in the template.
 *
 * A deployment is a snapshot of the API. osls's depends on the methods only, so CloudFormation may take it before the
 * gateway responses are there, and callers would get API Gateway's own bodies, without a `status`. (Its logical id is new in
 * every package, so a change of a gateway response always comes with a new deployment.)
 */
class Stack {
  #serverless;

  constructor(serverless) {
    this.#serverless = serverless;
    const refuseLocalStage = () => this.#refuseLocalStage();
    this.hooks = {
      'before:package:cleanup': refuseLocalStage,
      'before:deploy:function:initialize': refuseLocalStage,
      'after:aws:package:finalize:mergeCustomProviderResources': () => this.#dependOnGatewayResponses(),
    };
  }

  /** Its API key stands in a public repository, and its variables are those of the shell it was packaged in. */
  #refuseLocalStage() {
    if (this.#serverless.getProvider('aws').getStage() === LOCAL_STAGE) {
      const { Error: ServerlessError } = this.#serverless.classes;
      throw new ServerlessError(`The stage "${LOCAL_STAGE}" is for npm start. Name another one with --stage.`, 'LOCAL_STAGE');
    }
  }

  #dependOnGatewayResponses() {
    const { Resources } = this.#serverless.service.provider.compiledCloudFormationTemplate;
    const idsOf = (type) => Object.keys(Resources).filter((id) => Resources[id].Type === `AWS::ApiGateway::${type}`);
    for (const id of idsOf('Deployment')) {
      const { DependsOn = [] } = Resources[id];
      Resources[id].DependsOn = [...new Set([DependsOn].flat()), ...idsOf('GatewayResponse')];
    }
  }
}

module.exports = Stack;
