import { type Setting, SETTINGS } from '../../src/config/settings.ts';

const HEAD = `# Copy to .env and fill in; \`npm start\` then asks your directory instead of its own. Variables of the shell win over this file.
# For a deployment the same settings are stage parameters: LDAP_TLS_CA is ldapTlsCa (see serverless.yml).
# An empty variable is an unset one; a misspelt one is refused. .env is not committed.
# What each setting means in full: docs/reference.md. This file is written by \`npm run reference\`.
`;

const TAIL = `
# --- \`npm start\` alone: the port on localhost. Default: 3000, or any free one.
PORT=
`;

/** .env.example: every setting, with its default, in the order of the table. */
export function renderEnvExample(): string {
  return `${HEAD}${Object.entries<Setting>(SETTINGS).map(rowOf).join('')}${TAIL}`;
}

function rowOf([name, { heading, meaning, example = '', ...setting }]: readonly [string, Setting]): string {
  const plain = meaning.replaceAll('`', '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  const fallback = `Default: ${setting.default ?? setting.otherwise ?? 'none'}.`;
  return `${heading === undefined ? '' : `\n# --- ${heading}\n`}# ${plain[0]?.toUpperCase() ?? ''}${plain.slice(1)}. ${fallback}\n${name}=${example}\n`;
}
