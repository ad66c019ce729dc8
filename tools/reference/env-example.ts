import { type SettingRow, SETTING_ROWS } from './settings.ts';

const HEAD = `# Copy this file to .env and fill it in. \`npm start\` then asks your directory, not the demo directory. Variables of the shell win over this file.
# The four example values are for Active Directory: replace them by yours. With LDAP_BIND_PASSWORD they are enough for a first try.
# A variable without a value is not set. A misspelt variable is refused. Put a value that contains # between quotes. git ignores .env.
# For a deployment the same settings are stage parameters: LDAP_TLS_CA is ldapTlsCa (\`npm run doctor -- --params\` prints them).
# docs/reference.md explains every setting. \`npm run reference\` writes this file.
`;

const TAIL = `
# --- Only for \`npm start\`: the port on localhost. Default: 3000, or any free one.
PORT=
`;

/** .env.example: every setting, with its default, in the order of the table. */
export function renderEnvExample(): string {
  return `${HEAD}${SETTING_ROWS.map(rowOf).join('')}${TAIL}`;
}

function rowOf({ name, heading, meaning, example = '', default: fallback }: SettingRow): string {
  const plain = meaning.replaceAll('`', '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  const first = plain[0] ?? '';
  const told = fallback.startsWith('required') ? fallback.replace('required', 'Required') : `Default: ${fallback}`;
  const sentence = `${meaning.startsWith('`') ? first : first.toUpperCase()}${plain.slice(1)}. ${told}`; // a value to type stays as it is typed
  return `${heading === undefined ? '' : `\n# --- ${heading}\n`}# ${sentence}.\n${name}=${example}\n`;
}
