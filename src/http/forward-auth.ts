import type { Identity, Outcome } from '../core/outcome.ts';
import { type HttpResponse, reasonOf, toResponse } from './response.ts';

/** RFC 7617, 2.1: with `charset` a browser sends names and passwords in UTF-8. */
export const CHALLENGE = 'Basic realm="directory account", charset="UTF-8"';

/** What all identity headers together may take: API Gateway ends at 10,240 bytes, many proxies at 8 KiB. */
const MOST_BYTES = 7000;

/**
 * An outcome as the response of `GET /auth`, for a proxy that asks before it lets a request through. Body and codes are
 * those of `POST /auth`, with one exception: credentials that are missing or cannot be read are a 401, not a 400, because
 * only a 401 makes a browser ask for them, and because nginx takes a 400 for a fault of its own. `X-Auth-Reason` tells the
 * service's answers from those that a gateway gives in its place.
 */
export function toForwardAuth(outcome: Outcome): HttpResponse {
  const response = toResponse(outcome);
  const statusCode = outcome.kind === 'malformed' ? 401 : response.statusCode;
  const headers = {
    ...response.headers,
    'X-Auth-Reason': reasonOf(outcome),
    ...(statusCode === 401 ? { 'WWW-Authenticate': CHALLENGE } : {}),
    ...(outcome.kind === 'valid' ? identityHeaders(outcome.identity) : {}),
  };
  return { ...response, statusCode, headers };
}

/**
 * Who it is, in ASCII: what is not visible ASCII or a space inside, and `%` itself, is percent-encoded UTF-8, so that
 * percent-decoding gives back exactly the directory's text. Groups are DNs, with commas inside: their commas are encoded as
 * well, and a comma parts them. A header that does not fit any more is left out whole; part of a list would be a lie.
 */
function identityHeaders({ username = '', id = '', groups, attributes }: Identity): Readonly<Record<string, string>> {
  const attribute = (name: string): string | undefined =>
    Object.entries(attributes ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1][0];
  const texts = {
    'Remote-User': percentEncode(username),
    'Remote-User-Id': percentEncode(id),
    'Remote-Name': percentEncode(attribute('displayName') ?? attribute('cn') ?? ''),
    'Remote-Email': percentEncode(attribute('mail') ?? ''),
    'Remote-Groups': (groups ?? []).map((group) => percentEncode(group).replaceAll(',', '%2C')).join(','),
  };
  let left = MOST_BYTES;
  const fitting = Object.entries(texts).filter(([, text]) => {
    const fits = text !== '' && text.length <= left;
    if (fits) left -= text.length;
    return fits;
  });
  return Object.fromEntries(fitting);
}

function percentEncode(text: string): string {
  if (text.length > MOST_BYTES) return text; // does not fit, encoded or not: it is left out
  const characters = [...text];
  const first = characters.findIndex((character) => character !== ' ');
  const last = characters.findLastIndex((character) => character !== ' ');
  const isPlain = (character: string, index: number): boolean =>
    /^[\x20-\x24\x26-\x7e]$/.test(character) && index >= first && index <= last;
  return characters.map((character, index) => (isPlain(character, index) ? character : hexBytes(character))).join('');
}

function hexBytes(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
