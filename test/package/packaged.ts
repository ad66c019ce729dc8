import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CLI = path.join(ROOT, 'node_modules/serverless/bin/serverless.js');
const SERVICE = ['serverless.yml', 'serverless', 'src', 'certs', 'package.json'] as const;

export type Resource = {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
};
export type Template = { readonly Resources: Readonly<Record<string, Resource>> };

export type Packaged = { readonly templateFile: string; readonly template: Template; readonly zip: Buffer };

export type Packaging = { readonly exitCode: number | null; readonly output: string; readonly directory: string };

/** Does something in a temporary folder that is gone afterwards. */
export const withFolder = async <T>(use: (folder: string) => T | Promise<T>): Promise<T> => {
  const folder = mkdtempSync(path.join(tmpdir(), 'packaged-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** `serverless package` in a copy of the service, as somebody without home, credentials or settings would run it. */
export const runPackage = async (
  folder: string,
  options: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Packaging> => {
  for (const part of SERVICE) cpSync(path.join(ROOT, part), path.join(folder, part), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, ...environment };
  const child = spawn(process.execPath, [CLI, 'package', ...options], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, output: stdout + stderr, directory: path.join(folder, '.serverless') };
};

/** The template and the zip that `serverless package` with these options makes; an error with its output, if it does not. */
export const packageService = async (
  folder: string,
  options: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Packaged> => {
  const { exitCode, output, directory } = await runPackage(folder, options, environment);
  if (exitCode !== 0) throw new Error(`serverless package failed:\n${output}`);
  const templateFile = path.join(directory, 'cloudformation-template-update-stack.json');
  return { templateFile, template: readTemplate(templateFile), zip: readFileSync(path.join(directory, 'auth.zip')) };
};

export const readTemplate = (file: string): Template => JSON.parse(readFileSync(file, 'utf8')) as Template;

/** What AWS's own rules say against a template, offline. Advice (INFO) is left out. */
export const findings = (templateFile: string): readonly string[] => {
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
};
