import { start389ds } from '../support/servers/389ds.ts';
import { startApacheds } from '../support/servers/apacheds.ts';
import { startOpenldap } from '../support/servers/openldap.ts';
import { startSamba } from '../support/servers/samba.ts';
import { describeWhere } from './availability.ts';
import { DOMAIN_BASE } from './domain.ts';
import { describeGroups } from './groups-suite.ts';
import { domainGroups, groupsOf } from './groups.ts';

const { loaded, added, rows } = groupsOf('dc=example,dc=org');
const domain = domainGroups(DOMAIN_BASE);

describeWhere('openldap', () => {
  describeGroups('openldap', () => startOpenldap({ entries: loaded, added }), rows);
});

describeWhere('samba', () => {
  describeGroups('samba', () => startSamba({ population: domain.population }), domain.rows);
});

describeWhere('389ds', () => {
  describeGroups('389ds', () => start389ds({ entries: loaded, added }), rows);
});

describeWhere('apacheds', () => {
  const isPosix = ({ attributes }: (typeof added)[number]): boolean => attributes['objectClass']?.includes('posixGroup') === true;
  const others = added.filter((entry) => !isPosix(entry)); // it is shipped without the schema of RFC 2307
  describeGroups(
    'apacheds',
    () => startApacheds({ entries: [...loaded, ...others] }),
    rows.filter(({ sentence }) => !sentence.startsWith('a posixGroup')),
  );
});
