import type { AnswerRow } from './answers.ts';
import type { SettingRow } from './settings.ts';

/** What docs/reference.md is made of; `filters` are the default user filters by directory kind. */
export type Reference = {
  readonly answers: readonly AnswerRow[];
  readonly settings: readonly SettingRow[];
  readonly filters: Readonly<Record<string, string>>;
};

/** The text of docs/reference.md: a pure function of its rows. */
export function renderReference({ answers, settings, filters }: Reference): string {
  return [
    HEAD,
    table(
      ['status', 'message', 'reason', 'HTTP', 'when'],
      answers.map(({ status, message, reason, http, meaning }) => [String(status), code(message), code(reason), String(http), meaning]),
    ),
    AFTER_ANSWERS,
    table(
      ['variable', 'default', 'meaning'],
      settings.map((row) => [code(row.name), isValue(row.default) ? code(row.default) : row.default, row.meaning]),
    ),
    AFTER_SETTINGS,
    Object.entries(filters)
      .map(([kind, filter]) => `- ${kind}: ${code(filter)}`)
      .join('\n'),
    AFTER_FILTERS,
  ].join('\n\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

/** A value can be typed as it stands; the others are words for the reader ("system roots", "none"). */
function isValue(text: string): boolean {
  return !/ |^(?:required|none)$/.test(text);
}

/** A GitHub table; a pipe inside a cell is escaped (GitHub Flavored Markdown, 4.10). */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const HEAD = `# Reference

For programmers who call the service and for operators who configure it: every answer and every setting. This file is made from the code
by \`npm run reference\`. Do not edit it.

## Answers

\`POST /auth\` with \`Content-Type: application/json\` and \`{"username": "...", "password": "..."}\`. Every answer is JSON with \`status\`,
\`message\` and \`reason\`, and has \`Cache-Control: no-store\`.

The rule for callers: **0 is yes; 1, 2 and 3 are no; anything else is unknown** (4 to 8, no JSON, no integer \`status\`, a time-out).`;

const AFTER_ANSWERS = `Status 5 is neither yes nor no: do not treat it as either. If a later request may help, the answer has \`Retry-After\`. If the service had already
sent the bind of the user, the answer has \`"attempted": true\` instead, because the bind may have counted in the directory. Do not repeat such a
request, or you may lock the user out.

### Who was it

A valid answer says who the user is: \`user.dn\`, \`user.username\` and \`user.id\`, **in the spelling of the directory** (for \`ALICE\` and
\` alice \` it says \`alice\`). \`user\` never holds the typed name. If the directory does not say something, the field is absent. Use \`user.id\` as
the key (objectGUID, entryUUID or nsUniqueId): it stays the same when a user is renamed, and no other user ever gets it. If an entry has several
login names, \`user.username\` is the one in the RDN of the entry, or else the first in the order of code points. With direct bind the service
reads the entry as the user. If the directory tells it, \`passwordExpiresInSeconds\` or \`graceLoginsRemaining\` is beside \`user\`.

### Input

\`username\` has 1 to 256 characters without control characters; \`password\` has 1 to 1024 without NUL. Both must be well-formed Unicode
without U+FFFD. The service passes a password on byte for byte. It never trims, normalises, logs or returns it.

## Settings

The settings are environment variables. The service reads them once, at cold start. In a deployment they are stage parameters: \`LDAP_TLS_CA\` is
\`ldapTlsCa\`. The log reports all wrong settings at once, each by its name and without its value. An unknown variable that begins with \`LDAP_\` or
\`AUTH_\` is wrong too, and so are two variables that contradict each other. [.env.example](../.env.example) has all of them, to copy. You must
set \`LDAP_URL\`, \`LDAP_BASE_DN\`, \`LDAP_BIND_DN\` and its password, or for a direct bind \`LDAP_URL\` and \`LDAP_USER_DN_TEMPLATE\`.`;

const AFTER_SETTINGS = `No setting turns certificate checks off. The service does not accept a certificate that has its name only as common name, without subjectAltName.

### Default filters`;

const AFTER_FILTERS = `With the filter for active-directory, \`alice@corp.example.com\` also finds the user with the \`sAMAccountName\` \`alice\` in the domain
\`DC=corp,DC=example,DC=com\`. Active Directory itself does the same.
`;
