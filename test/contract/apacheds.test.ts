import { expect, test } from '@jest/globals';

import { startApacheds } from '../support/servers/apacheds.ts';
import type { DirectoryEntry } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { describeContract } from './contract-suite.ts';
import { peopleEntries } from './entries.ts';
import { directMembers, membersOf, printedIdentities } from './members.ts';
import { FAULT } from './verdicts.ts';

const BASE = 'dc=example,dc=org';

const PASSWORD = 'Passw0rd of two parts';

const TWO_PARTS: DirectoryEntry = {
  dn: `cn=two+uid=two.parts,ou=people,${BASE}`,
  attributes: { objectClass: ['inetOrgPerson'], uid: ['two.parts'], cn: ['two'], sn: ['two'], userPassword: [PASSWORD] },
};

describeWhere('apacheds', () => {
  const members = membersOf('apacheds');
  describeContract('apacheds', () => startApacheds({ entries: [...peopleEntries(BASE, 'apacheds'), TWO_PARTS] }), {
    members,
    identities: printedIdentities('uid', 'entryUUID', members),
    spellings: [
      { typed: '\u202ealice', means: 'a plain name' }, // a mark of direction, which RFC 4518 (2.2) leaves out
      { typed: '🦊'.repeat(256), means: 'unanswered' },
      { typed: '\ue000', means: 'unanswered' },
      { typed: ' alice ', means: 'a plain name' },
      { typed: 'ａｌｉｃｅ', means: 'a plain name' },
      { typed: 'andr\u00e9', means: 'a decomposed accent' },
      { typed: 'rene\u0301e', means: 'a composed accent' },
      { typed: 'leading', means: 'a space in front' },
      { typed: 'trailing', means: 'a space at the end' },
      { typed: 'ADA LOVELACE', means: 'spaces inside' },
      { typed: 'renee', means: 'nobody' },
      { typed: 'twins@example.org', means: 'nobody' },
    ],
    mailFilter: '(&(objectClass=person)(mail={username}))',
    transport: { plaintext: 'taken', lacks: ['TLS 1.3'] },
    directBind: {
      template: `uid={username},ou=people,${BASE}`,
      makes: 'DNs',
      escapes: 'of the template',
      unreadable: 'hung up',
      members: directMembers('apacheds'),
    },
    others: ({ serviceWith, counter }) => {
      test('an RDN of two attributes: it denies the entry that it has shown, which is no verdict', async () => {
        for (const password of [PASSWORD, 'wrong']) {
          const { http, body } = await serviceWith({})('two.parts', password);
          expect({ http, ...body }).toEqual({ ...FAULT, attempted: true });
          counter.add(1);
        }
      });
    },
  });
});
