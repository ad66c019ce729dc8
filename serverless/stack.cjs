'use strict';

const LOCAL_STAGE = 'local';

/**
 * osls plugin: what osls leaves undone in the template.
 *
 * - A deployment is a snapshot of the API. osls's depends on the methods only, so CloudFormation may take it before the
 *   gateway responses are there, and callers would get API Gateway's own bodies, without a `status`. (Its logical id is new
 *   in every package, so a change of a gateway response always comes with a new deployment.)
 * - The deployment makes the stage. What is put on the stage (a domain, a web ACL) has to wait for it.
 * - With provisioned concurrency osls exports the function's version. Whoever imported that would block the next deployment.
 */
class Stack {
  #serverless;

  constructor(serverless) {
    this.#serverless = serverless;
    const refuseLocalStage = () => this.#refuseLocalStage();
    this.hooks = {
      'before:package:cleanup': refuseLocalStage,
      'before:deploy:function:initialize': refuseLocalStage,
      'after:aws:package:finalize:mergeCustomProviderResources': () => this.#finish(),
    };
  }

  /** Its API key stands in a public repository, and its variables are those of the shell it was packaged in. */
  #refuseLocalStage() {
    if (this.#serverless.getProvider('aws').getStage() === LOCAL_STAGE) {
      const { Error: ServerlessError } = this.#serverless.classes;
      throw new ServerlessError(`The stage "${LOCAL_STAGE}" is for npm start. Name another one with --stage.`, 'LOCAL_STAGE');
    }
  }

  #finish() {
    const { Resources, Outputs } = this.#serverless.service.provider.compiledCloudFormationTemplate;
    const idsOf = (...types) => Object.keys(Resources).filter((id) => types.includes(Resources[id].Type));
    const waitFor = (ids, others) => {
      for (const id of ids) Resources[id].DependsOn = [...new Set([Resources[id].DependsOn ?? [], others].flat())];
    };
    const deployments = idsOf('AWS::ApiGateway::Deployment');
    waitFor(deployments, idsOf('AWS::ApiGateway::GatewayResponse'));
    waitFor(idsOf('AWS::ApiGateway::BasePathMapping', 'AWS::WAFv2::WebACLAssociation'), deployments);
    for (const id of idsOf('AWS::Lambda::Alias')) delete Resources[id].DependsOn; // its Ref says so already
    for (const id of Object.keys(Outputs)) if (id.endsWith('LambdaFunctionQualifiedArn')) delete Outputs[id];
  }
}

module.exports = Stack;
