import { parseArgs } from 'node:util';

export const USAGE = `npm run smoke -- --url URL --key KEY [--user NAME --password-stdin]

  --url URL           what the output AuthUrl or ServiceEndpoint says, with or without /auth
  --key KEY           the API key (or in the variable SMOKE_API_KEY, out of sight of other processes)
  --user NAME         also log in as NAME, twice, with the right password
  --password-stdin    NAME's password is read from standard input
  --help              print this

Exit code: 0 everything as it should be, 1 something is not, 2 called wrongly.`;

export type Options = {
  /** Without a slash at the end and without `/auth`. */
  readonly url: string;
  readonly key: string;
  /** Somebody whose password comes from standard input. */
  readonly user: string | undefined;
};

export type ParsedOptions = { readonly ok: true; readonly options: Options | 'help' } | { readonly ok: false; readonly problem: string };

function refuse(problem: string): ParsedOptions {
  return { ok: false, problem };
}

export function parseOptions(args: readonly string[], environment: NodeJS.ProcessEnv): ParsedOptions {
  const values = readArguments(args);
  if (typeof values === 'string') return refuse(values);
  if (values.help === true) return { ok: true, options: 'help' };
  const url = baseOf(values.url ?? '');
  const key = values.key ?? environment['SMOKE_API_KEY'] ?? '';
  if (url === undefined)
    return refuse('--url: https://…, without query or credentials (http:// for this machine alone: the key is in every request)');
  if (!/^[\x21-\x7e]+$/.test(key)) return refuse('--key: the API key');
  if ((values.user === undefined) !== (values['password-stdin'] !== true)) return refuse('--user and --password-stdin: both or neither');
  return { ok: true, options: { url, key, user: values.user } };
}

const OPTIONS = {
  url: { type: 'string' },
  key: { type: 'string' },
  user: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

function readArguments(args: readonly string[]): ReturnType<typeof parseStrictly> | string {
  try {
    return parseStrictly(args);
  } catch {
    return 'an argument that is not known (a password never is one)'; // Node's own message repeats what was typed
  }
}

function parseStrictly(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

function baseOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username + url.password + url.search + url.hash !== '') return undefined;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.has(url.hostname))) return undefined;
  return `${url.origin}${url.pathname.replace(/\/+$/, '').replace(/\/auth$/, '')}`;
}
