import { start389ds } from '../support/servers/389ds.ts';
import { startApacheds } from '../support/servers/apacheds.ts';
import { startOpenldap } from '../support/servers/openldap.ts';
import { startSamba } from '../support/servers/samba.ts';
import { APACHEDS_POLICIES, APACHEDS_STATES, apachedsStateEntries } from './apacheds-states.ts';
import { describeWhere } from './availability.ts';
import { DOMAIN_BASE } from './domain.ts';
import { describeStates } from './states-suite.ts';
import {
  domainStateRows,
  domainStates,
  ds389StateEntries,
  ds389StateRows,
  openldapStateEntries,
  openldapStateRows,
  type StateRow,
} from './states.ts';

const BASE = 'dc=example,dc=org';

describeWhere('openldap', () => {
  describeStates(
    'openldap',
    () => startOpenldap({ entries: openldapStateEntries(BASE) }),
    openldapStateRows(BASE),
    'after wrong passwords',
  );
  // Without ppolicy_use_lockout a locked account cannot be told from a wrong password.
  const concealed = openldapStateRows(BASE).map((row): StateRow => {
    return row.right === 'account-locked' ? { ...row, right: 'wrong-password', wrong: 'wrong-password' } : row;
  });
  describeStates('openldap that conceals', () => startOpenldap({ entries: openldapStateEntries(BASE), lockout: 'concealed' }), concealed);
});

describeWhere('samba', () => {
  describeStates('samba', () => startSamba({ population: domainStates(DOMAIN_BASE) }), domainStateRows());
});

describeWhere('389ds', () => {
  describeStates('389ds', () => start389ds({ entries: ds389StateEntries(BASE) }), ds389StateRows(BASE), 'after wrong passwords');
});

describeWhere('apacheds', () => {
  const start = () => startApacheds({ entries: apachedsStateEntries(BASE), policies: APACHEDS_POLICIES });
  describeStates('apacheds', start, APACHEDS_STATES);
});
