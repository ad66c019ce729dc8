import { Authority } from '../../tools/demo-directory/certificates.ts';
import { startDirectory } from '../../tools/demo-directory/server.ts';
import { BASE_DN, demoEntries, SERVICE_DN } from '../../tools/demo-directory/people.ts';
import { describeWhere } from '../contract/availability.ts';
import { DOMAIN_BASE } from '../contract/domain.ts';
import { APACHEDS_POLICIES, apachedsStateEntries } from '../contract/apacheds-states.ts';
import { domainStates, ds389StateEntries, openldapStateEntries, STATE_PASSWORD } from '../contract/states.ts';
import { start389ds } from '../support/servers/389ds.ts';
import { startApacheds } from '../support/servers/apacheds.ts';
import { startOpenldap } from '../support/servers/openldap.ts';
import { SAMBA_SERVICE, startSamba } from '../support/servers/samba.ts';
import type { DirectoryEntry } from '../support/servers/server.ts';
import { describeDoctor } from './support/suite.ts';

const BASE = 'dc=example,dc=org';
const GROUP = `cn=everybody,ou=states,${BASE}`;

const OTHERS = `cn=others,ou=states,${BASE}`;

/** `st.warning` may log in, and is in the first one. */
function groupOf(dn: string, login: string): DirectoryEntry {
  return {
    dn,
    attributes: { objectClass: ['groupOfNames'], cn: [/^cn=(\w+)/.exec(dn)?.[1] ?? ''], member: [`uid=${login},ou=states,${BASE}`] },
  };
}

/** Somebody in another place, with a mail address. */
const VISITORS: readonly DirectoryEntry[] = [
  { dn: `ou=visitors,${BASE}`, attributes: { objectClass: ['organizationalUnit'], ou: ['visitors'] } },
  {
    dn: `uid=visitor,ou=visitors,${BASE}`,
    attributes: { objectClass: ['inetOrgPerson'], uid: ['visitor'], cn: ['Visitor'], sn: ['V'], mail: ['visitor@example.org'] },
  },
];

const inStates = {
  otherBase: `ou=visitors,${BASE}`,
  otherFilter: '(&(objectClass=person)(mail={username}))',
  user: 'st.warning',
  loginAttribute: 'uid',
  two: ['st.reset', 'st.locked'],
  locked: { dn: `uid=st.locked,ou=states,${BASE}`, password: STATE_PASSWORD },
  group: GROUP,
} as const;

describeDoctor('the embedded directory', {
  start: async () => {
    const authority = await Authority.create('Throwaway test authority');
    const certificate = await authority.issue({ commonName: 'x', dnsNames: ['embedded.example.org'], ipAddresses: ['127.0.0.1'] });
    const locked = {
      dn: `cn=locked,ou=services,${BASE_DN}`,
      attributes: {
        objectClass: ['organizationalRole', 'simpleSecurityObject'],
        cn: ['locked'],
        userPassword: ['service-P@ssw0rd'],
        pwdAccountLockedTime: ['20200102030405Z'],
      },
    };
    const others = {
      dn: `cn=others,ou=groups,${BASE_DN}`,
      attributes: { objectClass: ['groupOfNames'], cn: ['others'], member: [`uid=bob,ou=people,${BASE_DN}`] },
    };
    const embedded = await startDirectory({ entries: [...demoEntries('service-P@ssw0rd'), locked, others, ...VISITORS], certificate });
    const { url, secureUrl } = embedded;
    const service = { dn: SERVICE_DN, password: 'service-P@ssw0rd' };
    return {
      directory: {
        ...{
          name: 'embedded',
          url,
          secureUrl,
          ca: authority.pem,
          serverName: 'embedded.example.org',
          administrator: service,
          stop: () => embedded.close(),
        },
        environment: {
          LDAP_URL: secureUrl,
          LDAP_TLS_CA: authority.pem,
          LDAP_BIND_DN: service.dn,
          LDAP_BIND_PASSWORD: service.password,
          LDAP_BASE_DN: BASE_DN,
        },
      },
      ...{ user: 'alice', loginAttribute: 'uid', two: ['alice', 'bob'] },
      ...{ otherBase: `ou=visitors,${BASE_DN}`, otherFilter: '(&(objectClass=person)(mail={username}))' },
      locked: { dn: locked.dn, password: service.password },
      group: `cn=staff,ou=groups,${BASE_DN}`,
    };
  },
  silence: 'asked',
  vendor: /ldap-auth embedded directory; dc=example,dc=org; supports StartTLS, password policy control$/,
  plaintext: 'taken',
  userPassword: 'wonderland',
  foreignGroup: `cn=others,ou=groups,${BASE_DN}`,
  states: [{ login: 'alice', status: 'pass', tells: undefined }],
});

describeWhere('openldap', () => {
  describeDoctor('OpenLDAP', {
    start: async () => ({
      directory: await startOpenldap({
        entries: openldapStateEntries(BASE),
        added: [groupOf(GROUP, 'st.warning'), groupOf(OTHERS, 'st.reset'), ...VISITORS],
      }),
      ...inStates,
    }),
    vendor: /OpenLDAP; dc=example,dc=org; supports StartTLS, .*password policy control/,
    kind: { is: 'openldap', not: '389ds', status: 'pass' },
    plaintext: 'taken',
    userPassword: STATE_PASSWORD,
    foreignGroup: OTHERS,
    states: [
      { login: 'st.locked', status: 'fail', tells: /account-locked: pwdAccountLockedTime is for good/ },
      { login: 'st.ended', status: 'fail', tells: /account-locked: pwdEndTime is 2020-01-02T03:04:05/ },
      { login: 'st.early', status: 'fail', tells: /account-locked: pwdStartTime is 2099/ },
      { login: 'st.reset', status: 'fail', tells: /password-must-change: pwdReset is TRUE/ },
      { login: 'st.warning', status: 'pass', tells: undefined },
    ],
  });
});

describeWhere('samba', () => {
  describeDoctor('Samba AD', {
    start: async () => ({
      directory: await startSamba({ population: domainStates(DOMAIN_BASE) }),
      ...{ user: 'ldap-auth', loginAttribute: 'sAMAccountName', two: ['st.reset', 'st.locked'] },
      ...{ otherBase: `OU=states,${DOMAIN_BASE}`, otherFilter: '(&(sAMAccountType=805306368)(description={username}))' },
      locked: { dn: `CN=st.locked,OU=states,${DOMAIN_BASE}`, password: STATE_PASSWORD },
      group: `CN=Domain Users,CN=Users,${DOMAIN_BASE}`,
    }),
    vendor: /Active Directory \(Samba.*DC=corp,DC=example,DC=test.*supports .*Active Directory/,
    kind: { is: 'active-directory', not: 'openldap', status: 'fail' },
    plaintext: 'refused',
    userPassword: SAMBA_SERVICE.password,
    foreignGroup: `CN=Domain Admins,CN=Users,${DOMAIN_BASE}`,
    states: [
      { login: 'st.disabled', status: 'fail', tells: /account-disabled/ },
      { login: 'st.locked', status: 'fail', tells: /account-locked: since 2020/ },
      { login: 'st.ended', status: 'fail', tells: /account-expired: accountExpires is 2020/ },
      { login: 'st.expired', status: 'fail', tells: /password-expired/ },
      { login: 'st.reset', status: 'fail', tells: /password-must-change: pwdLastSet is 0/ },
      { login: 'st.hours', status: 'fail', tells: /logon-not-permitted: logonHours/ },
      { login: 'st.station', status: 'pass', tells: /userWorkstations is set/ },
      { login: 'st.card', status: 'fail', tells: /smart card required/ },
      { login: 'ldap-auth', status: 'pass', tells: undefined },
    ],
  });
});

describeWhere('389ds', () => {
  describeDoctor('389DS', {
    start: async () => ({
      directory: await start389ds({
        entries: ds389StateEntries(BASE),
        added: [groupOf(GROUP, 'st.warning'), groupOf(OTHERS, 'st.reset'), ...VISITORS],
      }),
      ...inStates,
    }),
    vendor: /389 Project 389-Directory\/2.*supports StartTLS, .*password policy control/,
    kind: { is: '389ds', not: 'active-directory', status: 'fail' },
    plaintext: 'taken',
    userPassword: STATE_PASSWORD,
    foreignGroup: OTHERS,
    states: [
      { login: 'st.inactive', status: 'fail', tells: /account-disabled: nsAccountLock is true/ },
      { login: 'st.locked', status: 'fail', tells: /account-locked: accountUnlockTime is 2099/ },
      { login: 'st.expired', status: 'pass', tells: /expired on 2020-.*unless grace logins/ },
      { login: 'st.reset', status: 'fail', tells: /password-must-change/ },
      { login: 'st.warning', status: 'pass', tells: undefined },
    ],
  });
});

describeWhere('apacheds', () => {
  describeDoctor('ApacheDS', {
    start: async () => ({
      directory: await startApacheds({
        entries: [...apachedsStateEntries(BASE), groupOf(GROUP, 'st.warning'), groupOf(OTHERS, 'st.reset'), ...VISITORS],
        policies: APACHEDS_POLICIES,
      }),
      ...inStates,
    }),
    vendor:
      /ApacheDS \(Apache Software Foundation 2\.\S+\); ou=system \| .*dc=example,dc=org; supports StartTLS, .*password policy control/,
    kind: { is: 'openldap', not: '389ds', status: 'pass' },
    plaintext: 'taken',
    userPassword: STATE_PASSWORD,
    foreignGroup: OTHERS,
    states: [
      { login: 'st.locked', status: 'fail', tells: /account-locked: pwdAccountLockedTime is for good/ },
      { login: 'st.ended', status: 'fail', tells: /account-locked: pwdEndTime is 2020-01-02T03:04:05/ },
      { login: 'st.reset', status: 'fail', tells: /password-must-change: pwdReset is TRUE/ },
      { login: 'st.warning', status: 'pass', tells: undefined },
    ],
  });
});
