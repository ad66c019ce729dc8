import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { text } from 'node:stream/consumers';

import type { Outcome } from '../../src/core/outcome.ts';
import { toResponse } from '../../src/http/response.ts';
import { LOOPBACK } from '../start/ports.ts';

/**
 * Hands a request on to the emulated gateway. The service's answer comes back as it is; what the emulator says by itself is
 * told as the deployed gateway tells it (stack/api.ts), from the same table.
 */
export async function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  port: number,
  refuse: (outcome: Outcome) => void,
): Promise<void> {
  try {
    const { code, headers, body } = await ask(incoming, port);
    if (isOfTheContract(body)) outgoing.writeHead(code, headers).end(body);
    else refuse(inTheContract(code));
  } catch {
    refuse(NOT_RUN); // the emulator has ended, is not up yet, or hung up
  }
}

export function tell(outgoing: ServerResponse, outcome: Outcome): void {
  const { statusCode, headers, body } = toResponse(outcome);
  outgoing.writeHead(statusCode, headers).end(body);
}

type Answer = { readonly code: number; readonly headers: string[]; readonly body: string };

function ask(incoming: IncomingMessage, port: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method, url } = incoming;
    const onward = request({ host: LOOPBACK, port, method, path: url, headers: [...headersOnward(incoming)], agent: false }, (answer) => {
      text(answer).then((body) => resolve({ code: answer.statusCode ?? 502, headers: [...headersBack(answer)], body }), reject);
    });
    onward.on('error', reject); // pipeline looks away once the request is sent
    pipeline(incoming, onward, (error) => {
      if (error) reject(error);
    });
  });
}

// The emulator compresses long answers for clients that accept it; API Gateway does not, and here they must be read.
function headersOnward({ rawHeaders }: IncomingMessage): readonly string[] {
  return pairsOf(rawHeaders).flatMap(([name, value]) => (/^accept-encoding$/i.test(name) ? [] : [name, value]));
}

// API Gateway renames the challenge: under its own name a browser would put its login dialog in front of the page. Nor does it
// allow other origins anything, as the emulator does unasked.
function headersBack({ rawHeaders }: IncomingMessage): readonly string[] {
  return pairsOf(rawHeaders).flatMap(([name, value]) => {
    if (/^(connection|keep-alive|transfer-encoding|access-control-.*)$/i.test(name)) return [];
    return [/^www-authenticate$/i.test(name) ? 'x-amzn-remapped-www-authenticate' : name, value];
  });
}

function pairsOf(raw: readonly string[]): readonly (readonly [name: string, value: string])[] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as const] : []));
}

function isOfTheContract(body: string): boolean {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === 'object' && answer !== null && 'status' in answer && Number.isInteger(answer.status);
  } catch {
    return false;
  }
}

const NOT_RUN: Outcome = { kind: 'indeterminate', reason: 'service-unavailable', attempted: false };

/** Below 400 there is its greeting to a CORS preflight, which API Gateway would not know either. */
function inTheContract(code: number): Outcome {
  if (code >= 500) return NOT_RUN;
  return { kind: 'caller-refused', reason: code === 404 || code < 400 ? 'no-such-endpoint' : 'caller-not-permitted' };
}
