import { DEMO_KEY, type Login } from '../start/banner.ts';

/** The logins that the page offers: the demo people, the usual one first; none when the directory is the user's own. */
export type Offered = readonly Login[];

/** What the page fills in before anybody types: the local gateway's key, and Basic credentials if there are people to show. */
export function prefilled([first]: Offered): object {
  return { apiKey: DEMO_KEY, basic: first ?? null };
}

/** The contract as the page shows it: asked on the page's own origin, with a body for each of the people to send. */
export function contentOf(contract: unknown, offered: Offered): unknown {
  const examples = examplesOf(offered);
  const changes: readonly (readonly [path: readonly string[], value: unknown])[] = [
    [['servers'], [{ url: '/', description: 'npm start, on this machine' }]],
    [['paths', '/auth', 'post', 'requestBody', 'content', 'application/json', 'examples'], examples],
    [['components', 'schemas', 'Login', 'examples'], Object.values(examples).map(({ value }) => value)],
  ];
  return changes.reduce((document, [path, value]) => replaceAt(document, path, value), contract);
}

type Example = { readonly summary: string; readonly description?: string; readonly value: Login };

function examplesOf(offered: Offered): Readonly<Record<string, Example>> {
  const [first] = offered;
  if (first === undefined) return { yours: YOURS };
  return {
    ...Object.fromEntries(offered.map((login) => [login.username, { summary: login.username, value: login }])),
    'wrong password': { summary: `${first.username}, with a wrong password`, value: { ...first, password: 'wrong' } },
    nobody: { summary: 'nobody of that name', value: { ...first, username: 'nobody' } },
  };
}

/** Empty: sent as it is, it is refused before the directory is asked, and counts towards no lockout. */
const YOURS: Example = {
  summary: 'a person of your directory',
  description: 'The password is shown as you type it, and once more in the curl command below.',
  value: { username: '', password: '' },
};

function replaceAt(value: unknown, [name, ...below]: readonly string[], replacement: unknown): unknown {
  if (name === undefined) return replacement;
  const members = new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  return Object.fromEntries(members.set(name, replaceAt(members.get(name), below, replacement)));
}
