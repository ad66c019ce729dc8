/** In serverless.yml, for the local stage alone: the key that the local gateway asks for. */
export const DEMO_KEY = 'demo-key-for-localhost-only';

export type Login = { readonly username: string; readonly password: string };

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A line for a POSIX shell. */
function curl(url: string, login: Login): string {
  const body = JSON.stringify({ username: login.username, password: login.password });
  return `curl -sS ${url}/auth -H 'x-api-key: ${DEMO_KEY}' -H 'content-type: application/json' -d ${quoted(body)}; echo`;
}

/** What `npm start` says when it is ready, asking its own directory: statuses 0, 1 and 2 to paste, and the way on. */
export function demoBanner(url: string, login: Login, people: readonly Login[]): readonly string[] {
  return [
    `ldap-auth answers on ${url}/auth and asks the demo directory, over ldaps. Ctrl-C ends both.`,
    `Try it in a browser: ${url}`,
    `It knows ${people.map(({ username }) => username).join(' · ')} (passwords: tools/demo-directory/people.ts). These answer status 0, 1 and 2:`,
    '',
    curl(url, login),
    curl(url, { ...login, username: 'nobody' }),
    curl(url, { ...login, password: 'wrong' }),
    '',
    'With your own directory: LDAP_URL=ldaps://dc1.example.com LDAP_BIND_DN=… LDAP_BIND_PASSWORD=… LDAP_BASE_DN=… npm start',
    'or the same variables in a file .env (see .env.example).',
  ];
}

/** The same for a directory of the user's, whose people we do not know. */
export function ownBanner(url: string): readonly string[] {
  return [
    `ldap-auth answers on ${url}/auth and asks your directory. Ctrl-C ends it.`,
    `Try it in a browser: ${url}`,
    'Or put in a user name and a password (it stays in your shell’s history):',
    '',
    curl(url, { username: 'YOUR-NAME', password: 'YOUR-PASSWORD' }),
    '',
    'To deploy these settings: npm run doctor -- --params',
  ];
}
