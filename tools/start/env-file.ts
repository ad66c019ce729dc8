/** A value of an env file of which Node's parser keeps only a part. Its text is nowhere in here. */
export type LostPart = { readonly variable: string; readonly line: number; readonly to: '#' | 'what stands behind the closing quote' };

/** What may well hold a # behind a space; anywhere else that begins a comment. */
const SECRETS: ReadonlySet<string> = new Set(['LDAP_BIND_PASSWORD', 'LDAP_TLS_KEY']);

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=[^\S\n]*(.*)$/;

/**
 * Values that lose a part: an unquoted one ends at the first `#` for `parseEnv` of node:util (and `node --env-file`), a quoted
 * one at its closing quote. A password that is cut silently is a wrong one, which may lock the account.
 */
export function lostParts(text: string): readonly LostPart[] {
  const lost: LostPart[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index += 1) {
    const [, variable, value = ''] = ASSIGNMENT.exec(lines[index] ?? '') ?? [];
    if (variable === undefined) continue;
    const quote = /^["'`]/.exec(value)?.[0];
    if (quote === undefined) {
      if (losesToHash(variable, value)) lost.push({ variable, line: index + 1, to: '#' });
      continue;
    }
    const quoted = closeQuote(lines, index, value, quote);
    if (quoted !== undefined) {
      if (!/^\s*(#.*)?$/.test(quoted.behind)) lost.push({ variable, line: index + 1, to: 'what stands behind the closing quote' });
      index = quoted.lastLine;
    }
  }
  return lost;
}

function losesToHash(variable: string, value: string): boolean {
  const at = value.indexOf('#');
  if (at === -1) return false;
  return SECRETS.has(variable) || at === 0 || /\S/.test(value[at - 1] ?? '');
}

/** Where a quoted value ends, which may be some lines further on; undefined: nowhere, and then the line is taken whole. */
function closeQuote(
  lines: readonly string[],
  first: number,
  value: string,
  quote: string,
): { readonly lastLine: number; readonly behind: string } | undefined {
  let [rest, lastLine] = [value.slice(1), first];
  while (!rest.includes(quote)) {
    lastLine += 1;
    const next = lines[lastLine];
    if (next === undefined) return undefined;
    rest = next;
  }
  return { lastLine, behind: rest.slice(rest.indexOf(quote) + 1) };
}

/** A sentence for the author of the file, without the value. */
export function describeLost(file: string, { variable, line, to }: LostPart): string {
  if (to === '#') return `${file}, line ${String(line)}: ${variable} would end at its #. Put the value between quotes: ${variable}='…'`;
  return `${file}, line ${String(line)}: ${variable} would lose ${to}. Put the value between quotes that do not occur in it: ' or " or \``;
}
