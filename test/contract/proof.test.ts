import { Attribute, Change, Client } from 'ldapts';

import { start389ds } from '../support/servers/389ds.ts';
import { accessRule, APACHEDS_SERVICE, startApacheds } from '../support/servers/apacheds.ts';
import { startOpenldap } from '../support/servers/openldap.ts';
import { SAMBA_SERVICE, startSamba } from '../support/servers/samba.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { describeWhere } from './availability.ts';
import { denyReading } from './deny-reading.ts';
import { DOMAIN_BASE, domainUnit, userAt } from './domain.ts';
import { BASE, personAt, unitEntry } from './entries.ts';
import { describeProof, type Scene } from './proof-suite.ts';

const PEOPLE = `ou=people,${BASE}`;
const PASSWORD = 'limited-P@ssw0rd';

function person(uid: string, parent: string, more: DirectoryEntry['attributes'] = {}): DirectoryEntry {
  return personAt(parent, uid, PASSWORD, more);
}

const ACCOUNT = { dn: `uid=limited,ou=services,${BASE}`, password: PASSWORD, login: 'limited' } as const;

async function administratorOf(directory: StartedDirectory): Promise<Client> {
  const client = new Client({ url: directory.secureUrl, tlsOptions: { ca: directory.ca, servername: directory.serverName } });
  await client.bind(directory.administrator.dn, directory.administrator.password);
  return client;
}

function change(operation: 'add' | 'delete', type: string, values: string[]): Change {
  return new Change({ operation, modification: new Attribute({ type, values }) });
}

/** `attribute` of the entry `dn` holds the right. */
async function sceneOf(directory: StartedDirectory, dn: string, attribute: string, right: string): Promise<Scene> {
  const administrator = await administratorOf(directory);
  return {
    directory,
    account: ACCOUNT,
    withoutPeople: { LDAP_USER_FILTER: '(&(objectClass=simpleSecurityObject)(cn={username}))' },
    revoke: () => administrator.modify(dn, change('delete', attribute, [right])),
    grant: () => administrator.modify(dn, change('add', attribute, [right])),
    removeAlice: () => administrator.del(`uid=alice,${PEOPLE}`),
    close: async () => {
      await administrator.unbind();
      await directory.stop();
    },
  };
}

describeWhere('openldap', () => {
  describeProof('OpenLDAP', async () => {
    const readers = `cn=readers,ou=services,${BASE}`;
    const group = { dn: readers, attributes: { objectClass: ['groupOfNames'], cn: ['readers'], member: [`cn=x,${BASE}`, ACCOUNT.dn] } };
    const people = [person('alice', PEOPLE), person('bob', PEOPLE), person('limited', `ou=services,${BASE}`)];
    const entries = [unitEntry('people', BASE), ...people, group];
    const access = [
      `access to dn.exact="${BASE}" by dn.exact="${ACCOUNT.dn}" search by * break`,
      `access to dn.subtree="${PEOPLE}" by group.exact="${readers}" read by * break`,
    ];
    return sceneOf(await startOpenldap({ entries, access }), readers, 'member', ACCOUNT.dn);
  });
});

describeWhere('389ds', () => {
  describeProof('389DS', async () => {
    const aci = (name: string, who: string): string =>
      `(targetattr != "userPassword")(version 3.0; acl "${name}"; allow (read, search, compare) userdn = "ldap:///${who}";)`;
    const limited = person('limited', `ou=services,${BASE}`, { aci: [aci('self', 'self')] });
    const people = { dn: PEOPLE, attributes: { objectClass: ['organizationalUnit'], ou: ['people'], aci: [aci('limited', ACCOUNT.dn)] } };
    const directory = await start389ds({ entries: [people, person('alice', PEOPLE), person('bob', PEOPLE), limited] });
    return sceneOf(directory, PEOPLE, 'aci', aci('limited', ACCOUNT.dn));
  });
});

describeWhere('apacheds', () => {
  describeProof('ApacheDS', async () => {
    const limited = accessRule('limited', `{ name { "${ACCOUNT.dn}" } }`);
    const rules = [accessRule('self', '{ thisEntry }'), accessRule('service', `{ name { "${APACHEDS_SERVICE.dn}" } }`), limited];
    const entries = [unitEntry('people', BASE), person('alice', PEOPLE), person('bob', PEOPLE), person('limited', `ou=services,${BASE}`)];
    const directory = await startApacheds({ entries, access: { rules, subtree: '{ minimum 1 }' } });
    return sceneOf(directory, `cn=rules,${BASE}`, 'prescriptiveACI', limited);
  });
});

/** Administrator and krbtgt stay visible, and prove nothing. */
describeWhere('samba', () => {
  describeProof('Samba AD', async () => {
    const people = `OU=people,${DOMAIN_BASE}`;
    const others = ['alice', 'bob', 'carol', 'dave', 'erin'].map((name) => userAt(people, name, PASSWORD));
    const entries = [domainUnit('people', DOMAIN_BASE), ...others, userAt(people, 'limited', PASSWORD)];
    const directory = await startSamba({ population: { entries }, plaintext: 'allowed' });
    const administrator = await administratorOf(directory);
    const account = { dn: `CN=limited,${people}`, password: PASSWORD, login: 'limited' };
    const own = ['Guest', 'dns-dc1'].map((name) => `CN=${name},CN=Users,${DOMAIN_BASE}`);
    const hidden = [...others.map(({ dn }) => dn), SAMBA_SERVICE.dn, ...own];
    const restore: (() => Promise<void>)[] = [];
    await denyReading(administrator, DOMAIN_BASE, account.dn);
    return {
      directory,
      account,
      withoutPeople: {},
      revoke: async () => {
        for (const dn of hidden) restore.push(await denyReading(administrator, dn, account.dn));
      },
      grant: async () => {
        for (const undo of restore.splice(0)) await undo();
      },
      removeAlice: () => administrator.del(`CN=alice,${people}`),
      close: async () => {
        await administrator.unbind();
        await directory.stop();
      },
    };
  });
});
