import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BindRequest, EqualityFilter, ExtendedRequest, SearchRequest, UnbindRequest } from 'ldapts';

import { BerCursor, TAG } from '../../src/ldap/ber.ts';
import { bindRequest, extendedRequest, searchRequest, STARTTLS, unbindRequest } from '../../src/ldap/requests.ts';

const SCOPES = ['base', 'one', 'sub'] as const;

/** Long enough, now and then, for several times the room that a writer begins with. */
const text = fc.oneof(fc.string({ minLength: 1, maxLength: 40, unit: 'binary' }), fc.string({ minLength: 200, maxLength: 3000 }));

const request = fc.oneof(
  fc.record({ kind: fc.constant('bind' as const), dn: text, password: text }),
  fc.record({
    kind: fc.constant('search' as const),
    base: text,
    scope: fc.constantFrom(...SCOPES),
    value: text,
    attributes: fc.array(text, { maxLength: 5 }),
    mostEntries: fc.integer({ min: 1, max: 1000 }),
    seconds: fc.integer({ min: 0, max: 900 }),
  }),
  fc.record({ kind: fc.constant('startTls' as const) }),
  fc.record({ kind: fc.constant('unbind' as const) }),
);

type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

function ours(id: number, asked: Request): Buffer {
  switch (asked.kind) {
    case 'bind':
      return bindRequest(id, asked.dn, asked.password, []);
    case 'search': {
      const filter = new EqualityFilter({ attribute: 'uid', value: asked.value });
      return searchRequest(id, { ...asked, filter }, asked.seconds);
    }
    case 'startTls':
      return extendedRequest(id, STARTTLS);
    case 'unbind':
      return unbindRequest(id);
  }
}

function theirs(messageId: number, asked: Request): Buffer {
  switch (asked.kind) {
    case 'bind':
      return new BindRequest({ messageId, dn: asked.dn, password: asked.password }).write();
    case 'search': {
      const filter = new EqualityFilter({ attribute: 'uid', value: asked.value });
      const { base: baseDN, scope, attributes, mostEntries, seconds: timeLimit } = asked;
      return new SearchRequest({
        messageId,
        baseDN,
        scope,
        filter,
        attributes: [...new Set(attributes.map((name) => name.toLowerCase()))],
        sizeLimit: mostEntries + 1,
        timeLimit,
      }).write();
    }
    case 'startTls':
      return new ExtendedRequest({ messageId, oid: STARTTLS }).write();
    case 'unbind':
      return new UnbindRequest({ messageId }).write();
  }
}

describe('a request', () => {
  test('is the bytes that ldapts writes', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), request, (id, asked) => {
        expect(ours(id, asked).toString('hex')).toBe(theirs(id, asked).toString('hex'));
      }),
      { numRuns: 1000 },
    );
  });

  test('a page is asked for without a cookie, and a size limit of its own is sent', () => {
    const filter = new EqualityFilter({ attribute: 'uid', value: 'x' });
    const common = { base: 'dc=x', scope: 'sub', filter, attributes: ['uid'], mostEntries: 10 } as const;
    const message = new BerCursor(searchRequest(7, { ...common, sizeLimit: 20, pageSize: 10 }, 3)).enter(TAG.sequence);
    message.skip(TAG.integer);
    const search = message.enter(0x63);
    for (const tag of [TAG.octetString, TAG.enumerated, TAG.enumerated]) search.skip(tag);
    expect(search.unsigned(TAG.integer)).toBe(20);
    const control = message.enter(0xa0).enter(TAG.sequence);
    message.finish();
    expect(control.text()).toBe('1.2.840.113556.1.4.319'); // RFC 2696, without criticality
    expect(control.bytes().toString('hex')).toBe('300502010a0400');
    control.finish();
  });

  test('an attribute is asked for once, however it is spelled', () => {
    const asked = { base: '', scope: 'base', filter: new EqualityFilter({ attribute: 'uid', value: 'x' }), mostEntries: 1 } as const;
    const spelled = searchRequest(1, { ...asked, attributes: ['uid', 'UID', 'cn;lang-DE', 'cn', 'cn;lang-de'] }, 3);
    expect(spelled).toEqual(searchRequest(1, { ...asked, attributes: ['uid', 'cn;lang-de', 'cn'] }, 3));
  });

  test('a bind asks for its controls and demands none', () => {
    const message = new BerCursor(bindRequest(7, 'cn=a', 'secret', ['1.2.3', '1.2.4'])).enter(TAG.sequence);
    expect(message.unsigned(TAG.integer)).toBe(7);
    message.skip(0x60);
    const controls = message.enter(0xa0);
    message.finish();
    const types: string[] = [];
    while (!controls.atEnd) {
      const control = controls.enter(TAG.sequence);
      types.push(control.text());
      control.finish(); // neither criticality, which is FALSE by default, nor a value
    }
    expect(types).toEqual(['1.2.3', '1.2.4']);
  });
});
