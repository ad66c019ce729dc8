import { DS389_SERVICE, start389ds } from '../support/servers/389ds.ts';
import { OPENLDAP_SERVICE, startOpenldap } from '../support/servers/openldap.ts';
import { startSamba } from '../support/servers/samba.ts';
import type { DirectoryEntry, StartedDirectory } from '../support/servers/server.ts';
import { store } from '../support/servers/stored-password.ts';
import { DOMAIN_BASE, domainUnit, userAt } from './domain.ts';
import { BASE, personAt, unitEntry } from './entries.ts';
import type { Graph, GraphGroup } from './group-graph.ts';

export const GRAPH_PASSWORD = 'Passw0rd-of-a-graph';

/** How one kind of server holds graphs. */
export type GraphServer = {
  readonly start: (graphs: readonly Graph[], references: 'with references' | 'without references') => Promise<StartedDirectory>;
  readonly dnOf: (group: string) => string;
  readonly names: 'login names too' | 'DNs alone';
};

function dnOf(name: string): string {
  return /p\d+$/.test(name) ? `uid=${name},ou=graph-people,${BASE}` : `cn=${name},ou=graph-groups,${BASE}`;
}

function deviceEntry(name: string): DirectoryEntry {
  return { dn: dnOf(name), attributes: { objectClass: ['device'], cn: [name] } };
}

/** Behind it lies the third of the others. */
function referenceEntry(name: string): DirectoryEntry {
  return {
    dn: dnOf(name),
    attributes: { objectClass: ['referral', 'extensibleObject'], cn: [name], ref: [`ldap://elsewhere.example/${dnOf(name)}`] },
  };
}

/** By DN, by unique name, or by login name: whatever it holds. */
function groupEntry({ name, members, loginNames, rank }: GraphGroup): DirectoryEntry {
  const dns = members.map(dnOf);
  const [objectClass, kind] = rank === 1 ? ['groupOfUniqueNames', 'uniqueMember'] : ['groupOfNames', 'member'];
  const mixed = loginNames.length === 0 ? {} : { memberUid: loginNames };
  return {
    dn: dnOf(name),
    attributes: {
      objectClass: loginNames.length === 0 ? [objectClass] : [objectClass, 'extensibleObject'],
      cn: [name],
      [kind]: dns,
      ...mixed,
    },
  };
}

function entriesOf(graphs: readonly Graph[], references: 'with references' | 'without references'): readonly DirectoryEntry[] {
  return [
    unitEntry('graph-people', BASE),
    unitEntry('graph-groups', BASE),
    ...graphs.flatMap(({ persons, others: [first = '', second = '', third = ''], groups }) => [
      ...persons.map((name) => personAt(`ou=graph-people,${BASE}`, name, store(GRAPH_PASSWORD, 'SSHA'))),
      ...[first, second].map(deviceEntry),
      references === 'with references' ? referenceEntry(third) : deviceEntry(third),
      ...groups.map(groupEntry),
    ]),
  ];
}

function hiddenIn(graphs: readonly Graph[], sight: GraphGroup['sight']): readonly string[] {
  return graphs.flatMap(({ groups }) => groups.filter((group) => group.sight === sight).map(({ name }) => dnOf(name)));
}

export const OPENLDAP_GRAPHS: GraphServer = {
  dnOf,
  names: 'login names too',
  start: (graphs, references) =>
    startOpenldap({
      entries: entriesOf(graphs, references),
      access: [
        ...hiddenIn(graphs, 'hidden').map((dn) => `access to dn.exact="${dn}" by dn.exact="${OPENLDAP_SERVICE.dn}" none by * none`),
        ...hiddenIn(graphs, 'members hidden').map((dn) => `access to dn.exact="${dn}" attrs=member,uniqueMember,memberUid by * none`),
      ],
    }),
};

function denied(target: string): string {
  return `(targetattr = "${target}")(version 3.0; acl "hide"; deny (all) userdn = "ldap:///${DS389_SERVICE.dn}";)`;
}

export const DS389_GRAPHS: GraphServer = {
  dnOf,
  names: 'login names too',
  start: (graphs, references) => {
    const hidden = new Set(hiddenIn(graphs, 'hidden'));
    const membersHidden = new Set(hiddenIn(graphs, 'members hidden'));
    const aciOf = (dn: string): readonly string[] =>
      hidden.has(dn) ? [denied('*')] : membersHidden.has(dn) ? [denied('member || uniqueMember || memberUid')] : [];
    const entries = entriesOf(graphs, references).map((entry) => {
      const aci = aciOf(entry.dn);
      return aci.length === 0 ? entry : { dn: entry.dn, attributes: { ...entry.attributes, aci } };
    });
    return start389ds({ entries });
  },
};

const GROUPS = `OU=graph-groups,${DOMAIN_BASE}`;
function domainDnOf(name: string): string {
  return `CN=${name},${GROUPS}`;
}

/** groupType (MS-ADTS 2.2.12) by rank: global, universal, domain-local. */
const TYPES = [2, 8, 4] as const;

function domainGroup({ name, rank, isForMail }: GraphGroup): DirectoryEntry {
  return {
    dn: domainDnOf(name),
    attributes: {
      objectClass: ['group'],
      sAMAccountName: [name],
      groupType: [String((TYPES[rank] ?? 2) | (isForMail ? 0 : 0x80000000 | 0))],
    },
  };
}

/** Contacts and computers. */
function domainOther(name: string, index: number): DirectoryEntry {
  return {
    dn: domainDnOf(name),
    attributes:
      index === 0
        ? { objectClass: ['contact'] }
        : { objectClass: ['computer'], sAMAccountName: [`${name}$`], userAccountControl: ['4096'] },
  };
}

export const SAMBA_GRAPHS: GraphServer = {
  dnOf: domainDnOf,
  names: 'DNs alone',
  start: (graphs) => {
    const groups = graphs.flatMap((graph) => graph.groups);
    return startSamba({
      population: {
        entries: [
          domainUnit('graph-groups', DOMAIN_BASE),
          ...graphs.flatMap(({ persons }) => persons.map((name) => userAt(GROUPS, name, GRAPH_PASSWORD))),
          ...graphs.flatMap(({ others }) => others.map(domainOther)),
          ...groups.map(domainGroup),
        ],
        changes: groups.map(({ name, members }) => ({ dn: domainDnOf(name), attributes: { member: members.map(domainDnOf) } })),
        hidden: groups.filter(({ sight }) => sight !== 'shown').map(({ name }) => domainDnOf(name)),
      },
    });
  },
};
