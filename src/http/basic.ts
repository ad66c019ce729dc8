import { isUtf8 } from 'node:buffer';

import type { LoginRequest } from '../core/outcome.ts';
import { headerValues } from './event.ts';
import { checkLogin, malformed, type Read } from './request.ts';

/** Base64 of the longest name and password that are accepted takes 6,832 characters. */
const MOST_CHARACTERS = 8192;

const EXPECTED = 'Basic credentials (RFC 7617) in UTF-8, in exactly one header';

/**
 * The name and the password in an event's `Authorization: Basic` header, or what is wrong with it. The first colon ends the
 * name (RFC 7617, 2), so a password may hold more. Strict where a lenient reader would pass on something that was not sent:
 * two headers, two schemes, characters outside of base64, padding that is missing or hides bits, bytes that are not UTF-8.
 */
export function readBasic(event: unknown): Read<LoginRequest> {
  const [value = '', ...others] = headerValues(event, 'authorization');
  const text = others.length === 0 && value.length <= MOST_CHARACTERS ? decode(value) : undefined;
  const colon = text?.indexOf(':') ?? -1;
  if (text === undefined || colon === -1) return malformed('malformed-request', 'Authorization', EXPECTED);
  return checkLogin(text.slice(0, colon), text.slice(colon + 1));
}

/** RFC 9110, 11.4: scheme, spaces, token68. The scheme in any case. */
function decode(value: string): string | undefined {
  const encoded = /^[ \t]*basic +([A-Za-z0-9+/]+={0,2})[ \t]*$/i.exec(value)?.[1];
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  return isUtf8(bytes) && bytes.toString('base64') === encoded ? bytes.toString('utf8') : undefined;
}
