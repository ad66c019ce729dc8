import path from 'node:path';

/** What is wrong with an AUTH_APPLICATIONS that is neither JSON text nor such a file. */
export const APPLICATION_FILE = 'a JSON object, or a .json file of this folder, like applications.json: it goes into the zips';

/** AUTH_APPLICATIONS as text of its own. */
export function isJsonText(text: string): boolean {
  return text.trimStart().startsWith('{');
}

/** AUTH_APPLICATIONS as a file of this project, which goes into the zips under its own path; undefined where it is none. */
export function applicationFile(text: string): string | undefined {
  const name = path.posix.normalize(text.replace(/^\/var\/task\//, ''));
  const isInside = !name.startsWith('/') && name.split('/')[0] !== '..';
  return !isJsonText(text) && isInside && name.endsWith('.json') ? name : undefined;
}
