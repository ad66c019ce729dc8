import { startSamba } from '../support/servers/samba.ts';
import { describeWhere } from './availability.ts';
import { describeContract } from './contract-suite.ts';
import { domainDirectMembers, domainEntries, domainMembers, REALM } from './domain.ts';
import { printedIdentities } from './members.ts';

describeWhere('samba', () => {
  const members = domainMembers();
  describeContract('samba', () => startSamba({ population: { entries: domainEntries(), changes: [], raw: [] } }), {
    members,
    identities: printedIdentities('sAMAccountName', 'objectGUID', members),
    spellings: [
      { typed: ' alice ', means: 'a plain name' },
      { typed: 'ａｌｉｃｅ', means: 'nobody' },
      { typed: 'andr\u00e9', means: 'nobody' },
      { typed: 'rene\u0301e', means: 'nobody' },
      { typed: `leading@${REALM}`, means: 'a space in front' },
      { typed: `ADA LOVELACE@${REALM}`, means: 'spaces inside' },
      { typed: 'renee', means: 'nobody' },
      { typed: 'CORP\\alice', means: 'nobody' }, // without LDAP_NETBIOS_DOMAIN
      { typed: 'DC1$', means: 'nobody' },
      { typed: 'alice@other.example', means: 'nobody' },
    ],
    mailFilter: '(&(sAMAccountType=805306368)(mail={username}))',
    transport: { plaintext: 'refused' },
    directBind: { template: `{username}@${REALM}`, makes: 'principal names', escapes: 'of the entry', members: domainDirectMembers() },
  });
});
