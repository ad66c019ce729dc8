'use strict';

const { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { deflateRawSync } = require('node:zlib');

const { bundle, end } = require('./esbuild.cjs');
const { zip } = require('./zip.cjs');

/** The certificate authorities that go into every zip: what lies in certs/. LDAP_TLS_CA=certs/corp-root.pem finds them there. */
const certificates = (root) =>
  readdirSync(path.join(root, 'certs'), { withFileTypes: true })
    .filter((file) => file.isFile() && !file.name.startsWith('.'))
    .map((file) => file.name)
    .toSorted()
    .map((name) => ({ name: `certs/${name}`, content: readFileSync(path.join(root, 'certs', name)) }));

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

const sizes = (name, files, zipped) => {
  const scripts = files.filter((file) => file.name.endsWith('.mjs'));
  const each = scripts.map(
    (file) => `${file.name} ${kilobytes(file.content.length)}, deflated ${deflateRawSync(file.content, { level: 9 }).length} bytes`,
  );
  return `${name}: ${each.join('; ')}; zip with source maps and certs/ ${kilobytes(zipped)}`;
};

/**
 * osls plugin. A function's `handler: src/handlers/auth.handler` names its source; what is deployed and what runs
 * locally is the same bundle, `auth.handler` in `auth.mjs`. One zip for each function: bundle, source map, certs/.
 */
class Bundle {
  #serverless;
  #log;

  constructor(serverless, _options, { log }) {
    this.#serverless = serverless;
    this.#log = log;
    const runLocally = () => this.#stage();
    const pack = () => this.#pack();
    this.hooks = {
      'before:package:createDeploymentArtifacts': pack,
      'before:offline:start:init': runLocally,
      'before:invoke:local:invoke': runLocally,
    };
  }

  get #root() {
    return this.#serverless.serviceDir;
  }

  async #bundles() {
    const { functions } = this.#serverless.service;
    const bundles = await Promise.all(
      Object.entries(functions).map(async ([name, definition]) => {
        const [, source, exported] = /^(.+)\.(\w+)$/.exec(definition.handler);
        return { name, definition, exported, files: await bundle(this.#root, name, `${source}.ts`) };
      }),
    );
    await end();
    return bundles;
  }

  async #pack() {
    const directory = path.join(this.#root, '.serverless'); // osls itself moves it to the folder that --package names
    mkdirSync(directory, { recursive: true });
    for (const { name, definition, exported, files } of await this.#bundles()) {
      const artifact = path.join('.serverless', `${name}.zip`); // relative: what is packaged here can be deployed from elsewhere
      const bytes = zip([...files, ...certificates(this.#root)]);
      writeFileSync(path.join(this.#root, artifact), bytes);
      Object.assign(definition, { handler: `${name}.${exported}`, package: { ...definition.package, artifact } });
      this.#log.notice(sizes(name, files, bytes.length));
    }
  }

  /** serverless-offline and `invoke local` want files. They lie outside of the repository and go when the process ends. */
  async #stage() {
    const directory = mkdtempSync(path.join(tmpdir(), 'ldap-auth-'));
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    for (const { name, definition, exported, files } of await this.#bundles()) {
      for (const file of files) writeFileSync(path.join(directory, file.name), file.content);
      definition.handler = path.relative(this.#root, path.join(directory, `${name}.${exported}`));
    }
  }
}

module.exports = Bundle;
