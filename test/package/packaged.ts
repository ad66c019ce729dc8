import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CLI = path.join(ROOT, 'node_modules/serverless/bin/serverless.js');
const SERVICE = ['serverless.yml', 'stack', 'src', 'certs', 'package.json'] as const;

/** osls compiles its schema when it finds no compiled one: most of its time. */
const SCHEMA_CACHE = path.join(ROOT, '.cache/osls');

export type Resource = {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
};
export type Output = { readonly Value: unknown; readonly Export?: { readonly Name: string } };
export type Template = {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, Output>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: string }>>;
};

export const FUNCTIONS = ['auth', 'authorizer', 'doctor'] as const;

export type Packaged = {
  readonly templateFile: string;
  readonly template: Template;
  readonly zipOf: (name: (typeof FUNCTIONS)[number]) => Buffer;
};

export type Packaging = { readonly exitCode: number | null; readonly output: string; readonly directory: string };

/** Does something in a temporary folder that is gone afterwards. */
export async function withFolder<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'packaged-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `serverless package` in a copy of the service, as somebody without home, credentials or settings would run it. */
export async function runPackage(
  folder: string,
  options: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Packaging> {
  copyService(folder);
  return await runServerless(folder, ['package', ...options], environment);
}

/** The service as a fresh clone has it after `npm ci`. */
export function copyService(folder: string): void {
  for (const part of SERVICE) cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
}

/** The same with handlers that do nothing: for a template, which says nothing about code. */
export async function runPackageOfStubs(folder: string, options: readonly string[]): Promise<Packaging> {
  copyService(folder);
  for (const name of FUNCTIONS) writeFileSync(path.join(folder, `src/handlers/${name}.ts`), 'export const handler = 0;\n');
  return await runServerless(folder, ['package', ...options], {});
}

/** The CLI in a copy of the service, with these variables and no others. */
export async function runServerless(
  folder: string,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Packaging> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, SLS_SCHEMA_CACHE_BASE_DIR: SCHEMA_CACHE, ...environment };
  const child = spawn(process.execPath, [CLI, ...command], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, output: stdout + stderr, directory: path.join(folder, '.serverless') };
}

/** The template and the zips that `serverless package` with these options makes; an error with its output, if it does not. */
export async function packageService(
  folder: string,
  options: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Packaged> {
  return packagedIn(await runPackage(folder, options, environment));
}

/** The templates that these options make, by name, two at a time. */
export async function packageTemplates<Name extends string>(
  folder: string,
  options: Readonly<Record<Name, readonly string[]>>,
): Promise<Readonly<Record<Name, Packaged>>> {
  const waiting = Object.entries<readonly string[]>(options);
  const made: [string, Packaged][] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, chosen] = next;
      made.push([name, packagedIn(await runPackageOfStubs(path.join(folder, name), chosen))]);
    }
  };
  await Promise.all([work(), work()]);
  return Object.fromEntries(made) as Record<Name, Packaged>;
}

function packagedIn({ exitCode, output, directory }: Packaging): Packaged {
  if (exitCode !== 0) throw new Error(`serverless package failed:\n${output}`);
  const templateFile = path.join(directory, 'cloudformation-template-update-stack.json');
  return { templateFile, template: readTemplate(templateFile), zipOf: (name) => readFileSync(path.join(directory, `${name}.zip`)) };
}

export function readTemplate(file: string): Template {
  return JSON.parse(readFileSync(file, 'utf8')) as Template;
}

export function ofType({ template }: Packaged, type: string): readonly (readonly [string, Resource])[] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** The only resource of a type. */
export function only(made: Packaged, type: string): Resource {
  const [found, ...others] = ofType(made, type);
  if (found === undefined || others.length > 0) throw new Error(`not exactly one ${type}`);
  return found[1];
}

export function resource({ template }: Packaged, id: string): Resource {
  const found = template.Resources[id];
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
}

/** What AWS's own rules say against a template, offline. Advice (INFO) is left out. */
export function findings(templateFile: string): readonly string[] {
  const engine = new RegoEngine();
  try {
    const { diagnostics } = engine.validateStandard(new TemplateFile(templateFile));
    if (diagnostics.length === 0) throw new Error('not even advice: the rules were not applied');
    return diagnostics
      .filter(({ severity }) => severity !== 'INFO')
      .map(({ severity, ruleId, message, entity }) => `${severity} ${ruleId} ${entity?.logicalId ?? ''}: ${message}`);
  } finally {
    engine.free();
  }
}
