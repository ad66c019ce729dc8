import { type Element, contentOf, parseBoolean, parseInteger, parseText, readElements } from './ber.ts';
import { type Filter, decodeFilter } from './filter.ts';

/** A control that came with a request; its value is not needed for any that this server knows. */
export type RequestControl = { readonly type: string; readonly criticality: 'critical' | 'non-critical' };

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
  readonly types: 'only' | 'with-values';
  readonly filter: Filter;
  readonly attributes: readonly string[];
};

export type Scope = 'base' | 'one' | 'sub';

export type Operation =
  | BindRequest
  | SearchRequest
  | { readonly kind: 'unbind' }
  | { readonly kind: 'abandon' }
  | { readonly kind: 'extended'; readonly name: string }
  /** Known to LDAP, not offered here. */
  | { readonly kind: 'unsupported'; readonly responseTag: number };

export type Request = { readonly id: number; readonly operation: Operation; readonly controls: readonly RequestControl[] };

const SCOPES: readonly Scope[] = ['base', 'one', 'sub'];

/** Request tag, response tag: modify, add, delete, modifyDN, compare. */
const UNSUPPORTED: ReadonlyMap<number, number> = new Map([
  [0x66, 0x67],
  [0x68, 0x69],
  [0x4a, 0x6b],
  [0x6c, 0x6d],
  [0x6e, 0x6f],
]);

/** Reads the content of an LDAPMessage (RFC 4511 4.1.1); undefined if it is malformed or no request. */
export function decodeRequest(content: Buffer): Request | undefined {
  const elements = readElements(content);
  const [idElement, operationElement, controlsElement] = elements ?? [];
  const id = parseInteger(contentOf(idElement, 0x02));
  const operation = operationElement && decodeOperation(operationElement);
  const controls = controlsElement === undefined ? [] : decodeControls(controlsElement);
  // Message id 0 is the server's own, for unsolicited notifications.
  if (id === undefined || id < 1 || operation === undefined || controls === undefined || (elements?.length ?? 0) > 3) return undefined;
  return { id, operation, controls };
}

function decodeOperation({ tag, value }: Element): Operation | undefined {
  if (tag === 0x42) return { kind: 'unbind' };
  if (tag === 0x50) return { kind: 'abandon' };
  const responseTag = UNSUPPORTED.get(tag);
  if (responseTag !== undefined) return { kind: 'unsupported', responseTag };
  const elements = readElements(value);
  if (elements === undefined) return undefined;
  if (tag === 0x60) return decodeBind(elements);
  if (tag === 0x63) return decodeSearch(elements);
  return tag === 0x77 ? decodeExtended(elements) : undefined;
}

function decodeBind(elements: readonly Element[]): BindRequest | undefined {
  const version = parseInteger(contentOf(elements[0], 0x02));
  const name = parseText(contentOf(elements[1], 0x04));
  if (version === undefined || name === undefined || elements.length !== 3) return undefined;
  return { kind: 'bind', version, name, simple: contentOf(elements[2], 0x80) };
}

function decodeSearch(elements: readonly Element[]): SearchRequest | undefined {
  const [base, scopeElement, , sizeElement, timeElement, typesElement, filterElement, attributesElement] = elements;
  const name = parseText(contentOf(base, 0x04));
  const scope = SCOPES[parseInteger(contentOf(scopeElement, 0x0a)) ?? -1];
  const sizeLimit = parseInteger(contentOf(sizeElement, 0x02));
  const timeLimit = parseInteger(contentOf(timeElement, 0x02)); // checked and then ignored: everything here takes no time
  const typesOnly = parseBoolean(contentOf(typesElement, 0x01));
  const filter = decodeFilter(filterElement);
  const attributes = decodeAttributes(attributesElement);
  if (name === undefined || scope === undefined || sizeLimit === undefined || sizeLimit < 0 || elements.length !== 8) return undefined;
  if (timeLimit === undefined || typesOnly === undefined || filter === undefined || attributes === undefined) return undefined;
  return { kind: 'search', base: name, scope, sizeLimit, types: typesOnly ? 'only' : 'with-values', filter, attributes };
}

function decodeAttributes(element: Element | undefined): readonly string[] | undefined {
  const sequence = contentOf(element, 0x30);
  const elements = sequence && readElements(sequence);
  const names = elements?.map((item) => parseText(contentOf(item, 0x04))).filter((name) => name !== undefined);
  return names?.length === elements?.length ? names : undefined;
}

function decodeExtended(elements: readonly Element[]): Operation | undefined {
  const name = parseText(contentOf(elements[0], 0x80));
  return name === undefined || elements.length > 2 ? undefined : { kind: 'extended', name };
}

function decodeControls(element: Element): readonly RequestControl[] | undefined {
  const sequence = contentOf(element, 0xa0);
  const elements = sequence && readElements(sequence);
  const controls = elements?.map(decodeControl).filter((control) => control !== undefined);
  return controls?.length === elements?.length ? controls : undefined;
}

function decodeControl(element: Element): RequestControl | undefined {
  const sequence = contentOf(element, 0x30);
  const [typeElement, second] = (sequence && readElements(sequence)) ?? [];
  const type = parseText(contentOf(typeElement, 0x04));
  if (type === undefined) return undefined;
  return { type, criticality: parseBoolean(contentOf(second, 0x01)) === true ? 'critical' : 'non-critical' };
}
