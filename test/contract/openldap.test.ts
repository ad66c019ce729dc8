import { startOpenldap } from '../support/servers/openldap.ts';
import { describeWhere } from './availability.ts';
import { describeContract } from './contract-suite.ts';
import { peopleEntries } from './entries.ts';
import { directMembers, membersOf, printedIdentities } from './members.ts';

const BASE = 'dc=example,dc=org';

describeWhere('openldap', () => {
  const members = membersOf('openldap');
  describeContract('openldap', () => startOpenldap({ entries: peopleEntries(BASE, 'openldap') }), {
    members,
    identities: printedIdentities('uid', 'entryUUID', members),
    spellings: [
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
    transport: { plaintext: 'taken' },
    directBind: { template: `uid={username},ou=people,${BASE}`, makes: 'DNs', escapes: 'of the entry', members: directMembers('openldap') },
  });
});
