import type { Operation, Payload } from './fault.ts';
import {
  bindWithControl,
  entryMessage,
  hollowMessage,
  noticeOfDisconnection,
  referenceMessage,
  type ResponseName,
  resultMessage,
} from './messages.ts';

/** The request that a payload pretends to answer. */
export type Asked = { readonly id: number; readonly operation: Operation };

const ANSWER_OF: Readonly<Record<Operation, ResponseName>> = {
  starttls: 'extended',
  'service bind': 'bind',
  'who am I': 'extended',
  search: 'done',
  proof: 'done',
  'user bind': 'bind',
};

/** The bytes of a payload, in the place of an answer to this request. */
export function bytesOf(payload: Payload, asked: Asked): Buffer {
  switch (payload.kind) {
    case 'text':
      return Buffer.from(payload.text);
    case 'hex':
      return Buffer.from(payload.hex.replaceAll(' ', ''), 'hex');
    case 'bytes':
      return payload.bytes;
    case 'result':
      return resultMessage(idOf(payload.id, asked.id), payload.as ?? ANSWER_OF[asked.operation], payload.code, payload.diagnostic);
    case 'control':
      return bindWithControl(asked.id, payload.code, payload.type, Buffer.from(payload.hex, 'hex'));
    case 'hollow':
      return hollowMessage(asked.id, ANSWER_OF[asked.operation], Buffer.from(payload.hex, 'hex'));
    case 'notice':
      return noticeOfDisconnection(payload.code);
    case 'entry':
      return entryMessage(asked.id, payload.dn);
    case 'reference':
      return referenceMessage(asked.id, payload.uri);
    case 'series':
      return Buffer.concat(payload.of.map((part) => bytesOf(part, asked)));
    case 'flood': {
      const once = bytesOf(payload.of, asked);
      return Buffer.alloc(once.length * payload.times, once);
    }
    case 'long reference':
      return referenceMessage(asked.id, 'x'.repeat(payload.bytes));
  }
}

function idOf(which: Extract<Payload, { readonly kind: 'result' }>['id'], id: number): number {
  if (which === 'zero') return 0;
  if (which === 'of the one before') return id - 1;
  return which === 'of the next one' ? id + 1 : id;
}
