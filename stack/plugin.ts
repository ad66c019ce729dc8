import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { Check } from './deployable.ts';

type Resource = { readonly Type: string; DependsOn?: string | readonly string[] };

/** As much of osls as the plugins of this service use. */
export type Serverless = {
  readonly serviceDir: string;
  readonly processedInput: { readonly commands: readonly string[] };
  readonly configurationInput: { readonly custom: { readonly parameters: Check } };
  readonly pluginManager: { readonly hooks: { readonly initialize: { pluginName: string; hook: () => void }[] } };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
  readonly getProvider: (name: 'aws') => { readonly getStage: () => string; readonly getRegion: () => string };
  readonly service: {
    readonly functions: Readonly<Record<string, { handler: string; package?: object }>>;
    readonly provider: {
      readonly environment?: Readonly<Record<string, unknown>>;
      readonly compiledCloudFormationTemplate: { readonly Resources: Record<string, Resource>; readonly Outputs: Record<string, unknown> };
    };
  };
};

export type Log = { readonly log: { readonly notice: (text: string) => void; readonly warning: (text: string) => void } };

export type Hooks = Readonly<Record<string, () => void | Promise<void>>>;

const LOCAL_STAGE = 'local';

const MAKES = ['package', 'deploy'];
const RUNS_HERE = ['print', 'offline', 'offline start', 'invoke local'];

const NO_CONNECTION =
  'no parameter says which directory to ask: ldapUrl, ldapBaseDn, ldapBindDn and ldapBindPasswordParameter, or ldapUrl and ldapUserDnTemplate';

/** What `package` wrote about itself. */
type State = {
  readonly service: {
    readonly custom?: { readonly parameters?: Check };
    readonly provider: { readonly stage: string; readonly region: string };
  };
};

/** Undefined: there is none. */
function readState(file: string): State | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as State) : undefined;
}

/**
 * osls plugin: refuses what cannot work before anything is made or sent, and does what osls leaves undone in the template.
 *
 * - A deployment is a snapshot of the API. osls's depends on the methods only, so CloudFormation may take it before the
 *   gateway responses are there, and callers would get API Gateway's own bodies, without a `status`. (Its logical id is new
 *   in every package, so a change of a gateway response always comes with a new deployment.)
 * - The deployment makes the stage. What is put on the stage (a domain, a web ACL) has to wait for it.
 * - With provisioned concurrency osls exports the function's version. A stack that imports it would block the next deployment.
 */
class Stack {
  readonly hooks: Hooks = { 'after:aws:package:finalize:mergeCustomProviderResources': () => this.#finish() };
  readonly #serverless: Serverless;
  readonly #options: { readonly package?: string; conceal?: boolean };
  readonly #log: Log['log'];

  constructor(serverless: Serverless, options: { readonly package?: string }, { log }: Log) {
    this.#serverless = serverless;
    this.#options = options;
    this.#log = log;
    // Before osls's own hooks: one of them asks AWS who we are.
    serverless.pluginManager.hooks.initialize.unshift({ pluginName: Stack.name, hook: () => this.#begin() });
  }

  #begin(): void {
    this.#options.conceal = true; // otherwise `deploy` and `info` print the value of the API key
    const command = this.#serverless.processedInput.commands.join(' ');
    if (command === 'deploy function') {
      this.#stop('deploy function is not possible here: osls does not know the role of a function of this service. Use deploy.');
    }
    if (RUNS_HERE.includes(command)) this.#refuse(this.#serverless.configurationInput.custom.parameters.problems);
    if (MAKES.includes(command)) this.#check(command);
  }

  #check(command: string): void {
    // Its API key stands in a public repository, and its variables are those of the shell it was packaged in.
    if (this.#stage === LOCAL_STAGE) this.#stop(`The stage "${LOCAL_STAGE}" is for npm start. Name another one with --stage.`);
    const isMade = command === 'deploy' && this.#options.package !== undefined;
    this.#refuse(isMade ? this.#problemsOfPackage(this.#options.package) : this.#problems(command));
  }

  #problems(command: string): readonly string[] {
    const { problems, ofStage, isConnected } = this.#serverless.configurationInput.custom.parameters;
    if (!isConnected && command === 'deploy') return [...problems, ...ofStage, NO_CONNECTION];
    if (!isConnected) {
      this.#log.warning(`Stage ${this.#stage}: ${NO_CONNECTION}. What is packaged now answers "misconfigured", and deploy refuses it.`);
    }
    return [...problems, ...ofStage];
  }

  /** What `package --package DIR` made was checked then, with its own parameters: those of now, if any, are not used. */
  #problemsOfPackage(folder: string): readonly string[] {
    const state = readState(path.resolve(this.#serverless.serviceDir, folder, 'serverless-state.json'));
    const checked = state?.service.custom?.parameters;
    if (state === undefined || checked === undefined) return ['--package: a folder that package made, with this version of the stack'];
    const { provider } = state.service;
    const region = this.#serverless.getProvider('aws').getRegion();
    const isOurs = provider.stage === this.#stage && provider.region === region;
    return [
      ...(isOurs ? [] : [`--package: it was made for stage ${provider.stage} in ${provider.region}, not ${this.#stage} in ${region}`]),
      ...(checked.isConnected ? [] : [`--package: when it was made, ${NO_CONNECTION}`]),
    ];
  }

  get #stage(): string {
    return this.#serverless.getProvider('aws').getStage();
  }

  #refuse(problems: readonly string[]): void {
    if (problems.length === 0) return;
    const lines = problems.map((problem) => `\n  ${problem}`).join('');
    this.#stop(`Nothing was made: the parameters of the stage ${this.#stage} cannot work.${lines}`);
  }

  #stop(message: string): never {
    const { Error: ServerlessError } = this.#serverless.classes;
    throw new ServerlessError(message, 'LDAP_AUTH_REFUSED');
  }

  #finish(): void {
    const { Resources, Outputs } = this.#serverless.service.provider.compiledCloudFormationTemplate;
    const ofTypes = (...types: readonly string[]): readonly [string, Resource][] =>
      Object.entries(Resources).filter(([, { Type }]) => types.includes(Type));
    const waitFor = (waiting: readonly [string, Resource][], others: readonly [string, Resource][]): void => {
      for (const [, one] of waiting) one.DependsOn = [...new Set([one.DependsOn ?? [], others.map(([id]) => id)].flat())];
    };
    const deployments = ofTypes('AWS::ApiGateway::Deployment');
    waitFor(deployments, ofTypes('AWS::ApiGateway::GatewayResponse'));
    waitFor(ofTypes('AWS::ApiGateway::BasePathMapping', 'AWS::WAFv2::WebACLAssociation'), deployments);
    for (const [, alias] of ofTypes('AWS::Lambda::Alias')) delete alias.DependsOn; // its Ref says so already
    for (const id of Object.keys(Outputs).filter((one) => one.endsWith('LambdaFunctionQualifiedArn'))) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- osls's own object, which it writes as the template
      delete Outputs[id];
    }
  }
}

export { Stack as 'module.exports' };
