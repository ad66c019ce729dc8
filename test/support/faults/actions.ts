import { hex } from '../../ldap/bytes.ts';
import { type Extent, measure } from '../../../tools/demo-directory/ber.ts';
import {
  bindWithControl,
  entryMessage,
  hollowMessage,
  noticeOfDisconnection,
  referenceMessage,
  type ResponseName,
  resultMessage,
} from './messages.ts';
import type { Wire } from './wire.ts';

/** The request that a payload pretends to answer, and the kind of its answer. */
export type Asked = { readonly id: number; readonly answer: ResponseName };

/** Bytes that the server behind never sent, in the place of an answer. */
export type Payload = (asked: Asked) => Buffer;

/** What an action has in hand. */
export type Turn = {
  readonly asked: Asked;
  /** What the server behind answers; empty where there is no request, or it has not seen it. */
  readonly truth: Buffer;
  readonly send: (bytes: Buffer) => void;
  /** The TCP connection, below TLS. */
  readonly wire: Wire;
  /** FIN. */
  readonly close: () => void;
  /** The next request is passed on again; where it was StartTLS, TLS begins. */
  readonly resume: () => void;
  /** False: the client has gone, and there is nobody to wait for. */
  readonly wait: (ms: number) => Promise<boolean>;
};

/** What is done instead of passing on. */
export type Action = (turn: Turn) => void | Promise<void>;

/** What is done to the connection once bytes are out. */
export type Ending = 'hang' | 'close' | 'reset';

function end({ wire, close }: Turn, how: Ending): void {
  if (how === 'reset') wire.reset();
  else if (how === 'close') close();
}

/** What an answer is without a fault. */
export const passOn: Action = ({ send, truth, resume }) => {
  send(truth);
  resume();
};

export const silence: Action = () => undefined;
/** Does not even read. */
export const stopReading: Action = ({ wire }) => wire.stopReading();
export const reset: Action = ({ wire }) => wire.reset();
export const close: Action = (turn) => turn.close();

/** The true answer, late. */
export function delay(ms: number): Action {
  return async (turn) => {
    if (await turn.wait(ms)) await passOn(turn);
  };
}

/** The true answer, a byte at a time. */
export function drip(everyMs: number): Action {
  return async ({ wait, send, truth, resume }) => {
    for (const [index, byte] of truth.entries()) {
      if (!(await wait(everyMs))) return;
      if (index === truth.length - 1) resume(); // the client may go on before we know
      send(Buffer.of(byte));
    }
  };
}

/** The first half of the true answer. */
export function cut(then: Ending): Action {
  return (turn) => {
    turn.send(turn.truth.subarray(0, Math.ceil(turn.truth.length / 2)));
    end(turn, then);
  };
}

/** Long enough that a record's head and a part of its body are out, short of any whole flight. */
const HANDSHAKE_BYTES = 60;

/** The first bytes of a TLS handshake. */
export function cutHandshake(then: Ending): Action {
  return (turn) => {
    turn.wire.allowOut(HANDSHAKE_BYTES, () => end(turn, then));
    turn.resume();
  };
}

/** `truth`: the server's own answer follows; `resume`: it does not, and the next request is passed on again. */
export function send(payload: Payload, then: Ending | 'truth' | 'resume' = 'hang'): Action {
  return (turn) => {
    turn.send(then === 'truth' ? Buffer.concat([payload(turn.asked), turn.truth]) : payload(turn.asked));
    if (then === 'truth' || then === 'resume') turn.resume();
    else end(turn, then);
  };
}

/** The true answer and something behind it, in one write. */
export function append(payload: Payload): Action {
  return ({ send, truth, asked, resume }) => {
    send(Buffer.concat([truth, payload(asked)]));
    resume();
  };
}

/** The true answer twice. */
export const repeat: Action = ({ send, truth, resume }) => {
  send(Buffer.concat([truth, truth]));
  resume();
};

/** Bytes into the TCP stream, past TLS. */
export function sendBelowTls(payload: Payload): Action {
  return ({ wire, asked }) => wire.writeRaw(payload(asked));
}

/** Enough for two writes to arrive in two reads. */
const APART_MS = 5;

/** StartTLS alone: agrees, and then goes on in clear as if it had not. */
export const strip: Action = async ({ send, truth, asked, wait }) => {
  send(truth);
  if (await wait(APART_MS)) send(resultMessage(asked.id + 1, 'bind', 0));
};

export function text(content: string): Payload {
  return () => Buffer.from(content);
}

export function bytes(content: Buffer | string): Payload {
  return () => (typeof content === 'string' ? hex(content) : content);
}

type ResultOptions = {
  /** Default: what answers this request. */
  readonly as?: ResponseName;
  readonly diagnostic?: string;
  /** Added to the request's own message id; `zero`: 0. */
  readonly id?: -1 | 0 | 1 | 'zero';
};

export function result(code: number, { as, diagnostic, id = 0 }: ResultOptions = {}): Payload {
  return (asked) => resultMessage(id === 'zero' ? 0 : asked.id + id, as ?? asked.answer, code, diagnostic);
}

/** A bind response with a control. */
export function control(code: number, type: string, value: string): Payload {
  return ({ id }) => bindWithControl(id, code, type, hex(value));
}

/** What answers this request, with these bytes for its content. */
export function hollow(content: string): Payload {
  return ({ id, answer }) => hollowMessage(id, answer, hex(content));
}

export function notice(code: number): Payload {
  return () => noticeOfDisconnection(code);
}

export function entry(dn: string): Payload {
  return ({ id }) => entryMessage(id, dn);
}

export function reference(uri: string): Payload {
  return ({ id }) => referenceMessage(id, uri);
}

export function series(...payloads: readonly Payload[]): Payload {
  return (asked) => Buffer.concat(payloads.map((payload) => payload(asked)));
}

/** So many times the same. */
export function flood(times: number, payload: Payload): Payload {
  return (asked) => {
    const once = payload(asked);
    return Buffer.alloc(once.length * times, once);
  };
}

/** One byte of an answer, wrong. `at`: which of the bytes that carry structure, counted around. */
export type Mangling = { readonly how: 'overwritten' | 'inserted' | 'deleted'; readonly at: number; readonly byte: number };

/**
 * The true answer with one byte of its structure (a tag, a length, a message id) changed. The contents of strings and the
 * result code are left alone: changed, they would be another answer that is just as good.
 */
export function mangle({ how, at, byte }: Mangling, then: Ending): Action {
  return (turn) => {
    const offsets = structure(turn.truth, 0, turn.truth.length);
    const offset = offsets[at % offsets.length] ?? 0;
    const [before, after] = [turn.truth.subarray(0, offset), turn.truth.subarray(how === 'inserted' ? offset : offset + 1)];
    turn.send(Buffer.concat(how === 'deleted' ? [before, after] : [before, Buffer.of(byte), after]));
    end(turn, then);
  };
}

const INTEGER = 0x02;
const CONSTRUCTED = 0x20;

/** Where the tags, the lengths and the integers are. */
function structure(answer: Buffer, start: number, finish: number): readonly number[] {
  const offsets: number[] = [];
  const take = (from: number, to: number): void => {
    for (let offset = from; offset < to; offset += 1) offsets.push(offset);
  };
  for (let offset = start; offset < finish;) {
    const extent: Extent | string = measure(answer.subarray(0, finish), offset);
    if (typeof extent === 'string') return offsets;
    take(offset, extent.contentAt);
    if ((extent.tag & CONSTRUCTED) !== 0) offsets.push(...structure(answer, extent.contentAt, extent.end));
    else if (extent.tag === INTEGER) take(extent.contentAt, extent.end);
    offset = extent.end;
  }
  return offsets;
}
