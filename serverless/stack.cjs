'use strict';

const { readFileSync } = require('node:fs');
const path = require('node:path');

const LOCAL_STAGE = 'local';

const MAKES = ['package', 'deploy'];
const RUNS_HERE = ['print', 'offline', 'offline start', 'invoke local'];

const NO_CONNECTION =
  'no parameter says which directory to ask: ldapUrl, ldapBaseDn, ldapBindDn and ldapBindPasswordParameter, or ldapUrl and ldapUserDnTemplate';

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
  #options;
  #log;

  constructor(serverless, options, { log }) {
    this.#serverless = serverless;
    this.#options = options;
    this.#log = log;
    // Before osls's own hooks: one of them asks AWS who we are.
    serverless.pluginManager.hooks.initialize.unshift({ pluginName: Stack.name, hook: () => this.#begin() });
    this.hooks = { 'after:aws:package:finalize:mergeCustomProviderResources': () => this.#finish() };
  }

  #begin() {
    this.#options.conceal = true; // otherwise `deploy` and `info` print the value of the API key
    this.#refuse(this.#serverless.processedInput.commands.join(' '));
  }

  /** Before anything is made or sent. */
  #refuse(command) {
    if (command === 'deploy function') {
      this.#stop('deploy function is not possible here: osls does not know the role of a function of this service. Use deploy.');
    }
    if (!MAKES.includes(command) && !RUNS_HERE.includes(command)) return;
    const { problems, ofStage, isConnected } = this.#serverless.configurationInput.custom.parameters;
    const stage = this.#serverless.getProvider('aws').getStage();
    if (!MAKES.includes(command)) return this.#refuseProblems(stage, problems);
    // Its API key stands in a public repository, and its variables are those of the shell it was packaged in.
    if (stage === LOCAL_STAGE) this.#stop(`The stage "${LOCAL_STAGE}" is for npm start. Name another one with --stage.`);
    if (command === 'deploy' && this.#options.package !== undefined) return this.#refuseOthersPackage(stage);
    const missing = command === 'deploy' && !isConnected ? [NO_CONNECTION] : [];
    this.#refuseProblems(stage, [...problems, ...ofStage, ...missing]);
    if (!isConnected)
      this.#log.warning(`Stage ${stage}: ${NO_CONNECTION}. What is packaged now answers "misconfigured", and deploy refuses it.`);
  }

  /** What `package --package DIR` made was checked then, with its own parameters: those of now, if any, are not used. */
  #refuseOthersPackage(stage) {
    const file = path.join(this.#options.package, 'serverless-state.json');
    const { service } = JSON.parse(readFileSync(path.resolve(this.#serverless.serviceDir, file), 'utf8'));
    const region = this.#serverless.getProvider('aws').getRegion();
    const { stage: itsStage, region: itsRegion } = service.provider;
    this.#refuseProblems(stage, [
      ...(itsStage === stage && itsRegion === region
        ? []
        : [`--package: it was made for stage ${itsStage} in ${itsRegion}, not ${stage} in ${region}`]),
      ...(service.custom.parameters.isConnected ? [] : [`--package: when it was made, ${NO_CONNECTION}`]),
    ]);
  }

  #refuseProblems(stage, problems) {
    if (problems.length === 0) return;
    this.#stop(
      `Nothing was made: the parameters of the stage ${stage} cannot work.\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
  }

  #stop(message) {
    const { Error: ServerlessError } = this.#serverless.classes;
    throw new ServerlessError(message, 'LDAP_AUTH_REFUSED');
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
