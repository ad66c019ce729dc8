import type { Readable, Writable } from 'node:stream';
import { parseArgs } from 'node:util';

import { Deadline } from '../../src/core/deadline.ts';
import type { Environment } from '../../src/config/environment.ts';
import type { Secret } from '../../src/core/secret.ts';
import { prepare } from '../../src/wiring.ts';
import { printParams } from './params.ts';
import { passwordCheck } from './password-check.ts';
import { askPassword } from './prompt.ts';
import type { Renderer } from './render.ts';
import { examine } from '../../src/doctor/run.ts';
import { isUsername } from '../../src/core/username.ts';

export const USAGE = `npm run doctor -- [--user NAME] [--password] [--json | --params]

Checks the configuration (the LDAP_* and AUTH_* variables, from the environment and from .env) and everything that a login
needs, with the login's own code. It needs no user's password, and prints and logs none.

  --user NAME   also look for this user: found exactly once, account state, required groups
  --password    also ask for that user's password at a prompt without echo, and log in with it, once (a wrong one counts)
  --json        print the result as JSON: {"ok", "version", "checks": [{"id", "title", "status", "ms", "hint"?}]}
  --params      if no check fails, print this configuration as a params: block for serverless.yml; no password is in it.
                The rows go to the standard error
  --help        print this

Exit code: 0 if no check failed, 1 if one did, 2 if the doctor was asked in a wrong way and did nothing.
`;

export const EXIT = { well: 0, failed: 1, usage: 2 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export type World = {
  /** For the service: LDAP_*, AUTH_*. */
  readonly settings: Environment;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Shows a run on one of the two; not used for JSON. */
  readonly renderOn: (stream: Writable) => Renderer;
};

type Wish = { readonly user: string | undefined; readonly output: 'rows' | 'json' | 'params'; readonly password: 'asked for' | 'left out' };

type Asked =
  { readonly kind: 'examine'; readonly wish: Wish } | { readonly kind: 'help' } | { readonly kind: 'usage'; readonly problem: string };

/** `npm run doctor`, given its arguments and its world. */
export async function runCli(args: readonly string[], world: World): Promise<ExitCode> {
  const asked = readArguments(args);
  if (asked.kind === 'help') {
    world.stdout.write(USAGE);
    return EXIT.well;
  }
  if (asked.kind === 'usage') return refuse(asked.problem, world);
  const { wish } = asked;
  if (wish.password === 'left out') return await tell(wish, undefined, world);
  if (world.stdin.isTTY !== true) return refuse('--password: there is no terminal to type it at', world);
  const password = await askPassword(world.stdin, world.stderr, `password of ${wish.user ?? ''}: `);
  return password === undefined ? refuse('--password: nothing was typed', world) : await tell(wish, password, world);
}

function readArguments(args: readonly string[]): Asked {
  const parsed = parse(args);
  if (typeof parsed === 'string') return { kind: 'usage', problem: parsed };
  const { user, password, json, params, help } = parsed;
  if (help === true) return { kind: 'help' };
  if (user !== undefined && !isUsername(user)) return { kind: 'usage', problem: '--user: 1 to 256 characters, no control characters' };
  if (password === true && user === undefined) return { kind: 'usage', problem: '--password: whose? Give --user, too' };
  if (json === true && params === true) return { kind: 'usage', problem: '--json and --params: one of them' };
  const output = json === true ? 'json' : params === true ? 'params' : 'rows';
  return {
    kind: 'examine',
    wish: { user, output, password: password === true ? 'asked for' : 'left out' },
  };
}

type Values = {
  readonly user?: string;
  readonly password?: boolean;
  readonly json?: boolean;
  readonly params?: boolean;
  readonly help?: boolean;
};

function parse(args: readonly string[]): Values | string {
  try {
    const options = {
      user: { type: 'string' },
      password: { type: 'boolean' },
      json: { type: 'boolean' },
      params: { type: 'boolean' },
      help: { type: 'boolean' },
    } as const;
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch {
    // parseArgs quotes the arguments; somebody may have typed a password there.
    return 'unknown or incomplete arguments';
  }
}

function refuse(problem: string, { stderr }: World): ExitCode {
  stderr.write(`doctor: ${problem}\n\n${USAGE}`);
  return EXIT.usage;
}

const QUIET: Renderer = { started: () => undefined, ended: () => undefined, finished: () => undefined };

/** Nobody waits longer: a run is a few checks for each server, each within LDAP_DEADLINE_MS. */
const MOST_MS = 600_000;

async function tell({ user, output }: Wish, password: Secret | undefined, world: World): Promise<ExitCode> {
  const { settings, stdout, stderr, renderOn } = world;
  const last = user === undefined || password === undefined ? {} : { last: passwordCheck(user, password) };
  const question = { sdk: process.env, ...(user === undefined ? {} : { username: user }), ...last };
  const renderer = output === 'json' ? QUIET : renderOn(output === 'rows' ? stdout : stderr);
  const report = await examine(prepare(settings), question, Deadline.in(MOST_MS), renderer);
  if (output === 'rows' || !report.ok) renderer.finished(report, user);
  if (output === 'json') stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  if (output === 'params' && report.ok) stdout.write(printParams(settings));
  return report.ok ? EXIT.well : EXIT.failed;
}
