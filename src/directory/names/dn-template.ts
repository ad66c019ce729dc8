import type { Problem } from '../../core/outcome.ts';

/** What a direct bind binds as. */
export type BindName =
  | {
      readonly ok: true;
      readonly name: string;
      /** Undefined: the name is no DN, but one that Active Directory alone takes. */ readonly dn: string | undefined;
    }
  | { readonly ok: false; readonly problem: Problem };

export type DnTemplate = (username: string) => BindName;

export type DnTemplateResult = { readonly ok: true; readonly template: DnTemplate } | { readonly ok: false; readonly expected: string };

const HOLE = '{username}';

const EXPECTED = String.raw`a DN like uid={username},ou=people,dc=example,dc=org, or {username}@domain, or DOMAIN\{username}`;

/**
 * LDAP_USER_DN_TEMPLATE: a DN with `{username}` in a value (RFC 4514), or for Active Directory `{username}@domain` or
 * `DOMAIN\{username}`. A bare `{username}` would let the caller bind as anything at all.
 */
export function parseDnTemplate(text: string): DnTemplateResult {
  const domain = /^\{username\}@([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)$/.exec(text)?.[1];
  if (domain !== undefined) return { ok: true, template: (username) => simpleName(username, `${username}@${domain}`) };
  const netbios = /^([A-Za-z0-9][A-Za-z0-9._-]*)\\\{username\}$/.exec(text)?.[1];
  if (netbios !== undefined) return { ok: true, template: (username) => simpleName(username, `${netbios}\\${username}`) };
  if (!isDnTemplate(text)) return { ok: false, expected: EXPECTED };
  return {
    ok: true,
    template: (username) => {
      const dn = text.replaceAll(HOLE, () => escapeDnValue(username));
      return { ok: true, name: dn, dn };
    },
  };
}

/** `@`, `\` and `/` make other kinds of bind names in Active Directory (MS-ADTS 5.1.1.1.1), in other domains. */
function simpleName(username: string, name: string): BindName {
  return /[@\\/]/.test(username)
    ? { ok: false, problem: { field: 'username', expected: 'a name without @, \\ or /' } }
    : { ok: true, name, dn: undefined };
}

/** RDNs of `type=value`, at least one hole, holes in values only; nothing quoted, nothing in `#hex` form. */
function isDnTemplate(text: string): boolean {
  const parts = text.split(/(?<!\\)[,+]/);
  const isPart = (part: string): boolean => /^\s*(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+)\s*=\s*[^\s#"=;<>][^"=;<>]*$/.test(part);
  const isInsideEscape = /\\[0-9a-f]?\{username\}/i.test(text); // the name would complete it
  return text.includes(HOLE) && !isInsideEscape && parts.every(isPart);
}

/**
 * One attribute value inside a DN (RFC 4514, 2.4), in hex pairs throughout: every server reads those. Spaces at the ends
 * and a leading `#` are escaped as well; NUL has been refused with the request.
 */
export function escapeDnValue(value: string): string {
  return value.replace(/^[ #]|[",+;<>=\\\0]|^ +| +$/g, (special) => [...special].map(hexPair).join(''));
}

function hexPair(character: string): string {
  return `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
