import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';

import { applicationFile } from './application-file.ts';
import { bundle, end, type File } from './esbuild.ts';
import type { Hooks, Log, Serverless } from './plugin.ts';
import { zip } from './zip.ts';

/** The certificate authorities that go into every zip: what lies in certs/. LDAP_TLS_CA=certs/corp-root.pem finds them there. */
function certificates(root: string): readonly File[] {
  return readdirSync(path.join(root, 'certs'), { withFileTypes: true })
    .filter((file) => file.isFile() && !file.name.startsWith('.'))
    .map((file) => file.name)
    .toSorted()
    .map((name) => ({ name: `certs/${name}`, content: readFileSync(path.join(root, 'certs', name)) }));
}

/** The file that AUTH_APPLICATIONS names, under its own path, unless it lies in certs/ and is there already. */
function applications(root: string, { AUTH_APPLICATIONS: text }: Readonly<Record<string, unknown>>): readonly File[] {
  const name = typeof text === 'string' ? applicationFile(text) : undefined;
  if (name === undefined || /^certs\/[^/]+$/.test(name)) return [];
  return [{ name, content: readFileSync(path.join(root, name)) }];
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

function sizes(name: string, files: readonly File[], zipped: number): string {
  const each = files
    .filter((file) => file.name.endsWith('.mjs'))
    .map((file) => `${file.name} ${kilobytes(file.content.length)}, deflated ${deflateRawSync(file.content, { level: 9 }).length} bytes`);
  return `${name}: ${each.join('; ')}; zip with source maps and certs/ ${kilobytes(zipped)}`;
}

type Bundled = { readonly name: string; readonly handler: string; readonly files: readonly File[] };

/**
 * osls plugin. A function's `handler: src/handlers/auth.handler` names its source; what is deployed and what runs
 * locally is the same bundle, `auth.handler` in `auth.mjs`. One zip for each function: bundle, source map, certs/, and the file
 * of the applications, if there is one.
 */
class Bundle {
  readonly hooks: Hooks = {
    'before:package:createDeploymentArtifacts': () => this.#pack(),
    'before:offline:start:init': () => this.#stage(),
    'before:invoke:local:invoke': () => this.#stage(),
  };
  readonly #serverless: Serverless;
  readonly #log: Log['log'];

  constructor(serverless: Serverless, _options: object, { log }: Log) {
    this.#serverless = serverless;
    this.#log = log;
  }

  get #root(): string {
    return this.#serverless.serviceDir;
  }

  async #bundles(): Promise<readonly Bundled[]> {
    const bundles = await Promise.all(
      Object.entries(this.#serverless.service.functions).map(async ([name, { handler }]) => {
        const at = handler.lastIndexOf('.');
        return { name, handler: `${name}${handler.slice(at)}`, files: await bundle(this.#root, name, `${handler.slice(0, at)}.ts`) };
      }),
    );
    await end();
    return bundles;
  }

  async #pack(): Promise<void> {
    mkdirSync(path.join(this.#root, '.serverless'), { recursive: true }); // osls itself moves it to the folder that --package names
    const { environment = {} } = this.#serverless.service.provider;
    const given = [...certificates(this.#root), ...applications(this.#root, environment)];
    for (const { name, handler, files } of await this.#bundles()) {
      const artifact = path.join('.serverless', `${name}.zip`); // relative: what is packaged here can be deployed from elsewhere
      const bytes = await zip([...files, ...given]);
      writeFileSync(path.join(this.#root, artifact), bytes);
      this.#change(name, { handler, package: { artifact } });
      this.#log.notice(sizes(name, files, bytes.length));
    }
  }

  /** serverless-offline and `invoke local` want files. They lie outside of the repository and go when the process ends. */
  async #stage(): Promise<void> {
    const directory = mkdtempSync(path.join(tmpdir(), 'ldap-auth-'));
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    for (const { name, handler, files } of await this.#bundles()) {
      for (const file of files) writeFileSync(path.join(directory, file.name), file.content);
      this.#change(name, { handler: path.relative(this.#root, path.join(directory, handler)) });
    }
  }

  #change(name: string, { handler, package: made }: { readonly handler: string; readonly package?: object }): void {
    const definition = this.#serverless.service.functions[name];
    if (definition === undefined) throw new Error(`${name} is no function`);
    definition.handler = handler;
    if (made !== undefined) definition.package = { ...definition.package, ...made };
  }
}

export { Bundle as 'module.exports' };
