import { Malformed, Reader, orMalformed } from './ber.ts';
import { type Filter, readFilter } from './filter.ts';

/** A control that came with a request; its value is not needed for any that this server knows. */
type RequestControl = { readonly type: string; readonly isCritical: boolean };

export type BindRequest = {
  readonly kind: 'bind';
  readonly version: number;
  readonly name: string;
  /** undefined: SASL or another method. */
  readonly simple: Buffer | undefined;
};

export type SearchRequest = {
  readonly kind: 'search';
  readonly base: string;
  readonly scope: Scope;
  /** 0: no limit. */
  readonly sizeLimit: number;
  readonly filter: Filter;
  readonly attributes: readonly string[];
};

export type Scope = 'base' | 'one' | 'sub';

export type Operation =
  | BindRequest
  | SearchRequest
  | { readonly kind: 'unbind' }
  | { readonly kind: 'abandon' }
  | { readonly kind: 'extended'; readonly name: string };

export type Request = { readonly id: number; readonly operation: Operation; readonly controls: readonly RequestControl[] };

const SCOPES: readonly Scope[] = ['base', 'one', 'sub'];

/** Reads one LDAPMessage (RFC 4511 4.1.1), from its first byte to its last; undefined if it is malformed, or no request that is offered here. */
export function decodeRequest(message: Buffer): Request | undefined {
  try {
    return new Reader(message).whole((reader) => reader.inside(0x30, readRequest));
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

function readRequest(message: Reader): Request {
  const id = message.integer();
  if (id < 1) throw new Malformed(); // 0 is the server's own, for unsolicited notifications
  const operation = readOperation(message);
  const controls = message.atEnd ? [] : message.inside(0xa0, (list) => list.all(readControl));
  return { id, operation, controls };
}

function readOperation(message: Reader): Operation {
  const { tag, value } = message.next();
  if (tag === 0x42) return { kind: 'unbind' };
  if (tag === 0x50) return { kind: 'abandon' };
  const operation = new Reader(value);
  if (tag === 0x60) return operation.whole(readBind);
  if (tag === 0x63) return operation.whole(readSearch);
  if (tag === 0x77) return operation.whole(readExtended);
  throw new Malformed();
}

function readBind(request: Reader): BindRequest {
  const [version, name] = [request.integer(), request.text()];
  const { tag, value } = request.next();
  return { kind: 'bind', version, name, simple: tag === 0x80 ? value : undefined };
}

function readSearch(request: Reader): SearchRequest {
  const base = request.text();
  const scope = orMalformed(SCOPES[request.integer(0x0a)]);
  request.integer(0x0a); // what to do with aliases: there are none
  const sizeLimit = request.integer();
  request.integer(); // how long to take: everything here takes no time
  request.bytes(0x01); // whether names of attributes are enough: their values come all the same
  const filter = readFilter(request);
  const attributes = request.inside(0x30, (list) => list.all((item) => item.text()));
  if (sizeLimit < 0) throw new Malformed();
  return { kind: 'search', base, scope, sizeLimit, filter, attributes };
}

function readExtended(request: Reader): Operation {
  const name = request.text(0x80);
  if (!request.atEnd) request.next(); // its value: no operation that is offered has one
  return { kind: 'extended', name };
}

function readControl(list: Reader): RequestControl {
  const control = new Reader(list.bytes(0x30));
  const type = control.text();
  const flag = control.atEnd ? undefined : control.next();
  return { type, isCritical: flag?.tag === 0x01 && flag.value[0] !== 0 };
}
