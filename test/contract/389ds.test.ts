import { start389ds } from '../support/servers/389ds.ts';
import { describeWhere } from './availability.ts';
import { describeContract } from './contract-suite.ts';
import { peopleEntries } from './entries.ts';
import { directMembers, membersOf, printedIdentities } from './members.ts';

const BASE = 'dc=example,dc=org';

/** Who binds may read the own entry, as everybody may where dscreate has made the suffix. */
const SELF = '(targetattr != "userPassword")(version 3.0; acl "self"; allow (read, search, compare) userdn = "ldap:///self";)';
const [UNIT = { dn: '', attributes: {} }, ...OTHERS] = peopleEntries(BASE, '389ds');
const ENTRIES = [{ dn: UNIT.dn, attributes: { ...UNIT.attributes, aci: [SELF] } }, ...OTHERS];

describeWhere('389ds', () => {
  const members = membersOf('389ds');
  describeContract('389ds', () => start389ds({ entries: ENTRIES }), {
    members,
    identities: printedIdentities('uid', 'nsUniqueId', members),
    spellings: [
      { typed: ' alice ', means: 'a plain name' },
      { typed: 'ａｌｉｃｅ', means: 'nobody' },
      { typed: 'andr\u00e9', means: 'nobody' },
      { typed: 'rene\u0301e', means: 'nobody' },
      { typed: 'leading', means: 'a space in front' },
      { typed: 'trailing', means: 'a space at the end' },
      { typed: 'ADA LOVELACE', means: 'spaces inside' },
      { typed: 'renee', means: 'nobody' },
      { typed: 'twins@example.org', means: 'nobody' },
    ],
    mailFilter: '(&(objectClass=person)(mail={username}))',
    transport: { plaintext: 'taken' },
    directBind: { template: `uid={username},ou=people,${BASE}`, makes: 'DNs', escapes: 'of the entry', members: directMembers('389ds') },
  });
});
