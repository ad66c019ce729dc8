import type { DirectoryKind } from '../config/config.ts';
import { valuesOf } from '../directory/entry.ts';
import { anyEntry } from '../directory/names/filter.ts';
import type { SearchEntry } from '../ldap/message.ts';
import type { Conversation } from '../directory/conversation.ts';

/** When a directory locks an account, as far as the service account may read it. */
export type LockoutPolicy = {
  readonly dn: string;
  /** It locks with the failure of this number; 0: never. */
  readonly threshold: number;
  /** A failure is forgotten after so long; 0: never. */
  readonly windowSeconds: number;
};

type Place = {
  readonly attributes: readonly string[];
  readonly bases: (userBases: readonly string[]) => readonly string[];
  readonly read: Reader;
};
type Reader = (entry: SearchEntry) => LockoutPolicy | undefined;

/** Fine-grained policies of Active Directory and 389DS's cn=config are for administrators alone: what is read may not be all. */
const PLACES: Readonly<Record<DirectoryKind, Place>> = {
  'active-directory': {
    attributes: ['lockoutThreshold', 'lockOutObservationWindow'],
    bases: (userBases) => [...new Set(userBases.map((base) => /(?:dc=[^,]+,)*dc=[^,]+$/i.exec(base)?.[0] ?? base))],
    read: readDomain,
  },
  openldap: {
    attributes: ['pwdLockout', 'pwdMaxFailure', 'pwdFailureCountInterval'],
    bases: (userBases) => userBases,
    read: readPpolicy,
  },
  '389ds': {
    attributes: ['passwordLockout', 'passwordMaxFailure', 'passwordResetFailureCount'],
    bases: () => ['cn=config'],
    read: read389ds,
  },
};

/** An entry's own policy, where it names one, and the place where this kind of directory keeps the general one. */
export async function readLockoutPolicies(
  kind: DirectoryKind,
  userBases: readonly string[],
  entry: SearchEntry | undefined,
  { session, slice }: Conversation,
): Promise<readonly LockoutPolicy[]> {
  const { attributes, bases, read } = PLACES[kind];
  const named = entry === undefined || kind === 'active-directory' ? undefined : await policyOf(entry);
  const found: LockoutPolicy[] = [];
  for (const base of [...(named === undefined ? [] : [named]), ...bases(userBases)]) {
    const reply = await session.search({ base, scope: 'base', filter: anyEntry, attributes, mostEntries: 1 }, slice);
    const [policy] = reply.ok ? reply.entries : [];
    const understood = policy === undefined ? undefined : read(policy);
    if (understood !== undefined) found.push(understood);
  }
  return found;

  async function policyOf({ dn }: SearchEntry): Promise<string | undefined> {
    const asked = { base: dn, scope: 'base', filter: anyEntry, attributes: ['pwdPolicySubentry'], mostEntries: 1 } as const;
    const reply = await session.search(asked, slice);
    const [again] = reply.ok ? reply.entries : [];
    return again === undefined ? undefined : textOf(again, 'pwdPolicySubentry');
  }
}

function textOf(entry: SearchEntry, name: string): string | undefined {
  return valuesOf(entry, name)[0]?.toString('utf8');
}

function numberOf(entry: SearchEntry, name: string): number | undefined {
  const text = textOf(entry, name);
  return text !== undefined && /^-?\d{1,19}$/.test(text) ? Number(text) : undefined;
}

function readDomain(entry: SearchEntry): LockoutPolicy | undefined {
  const threshold = numberOf(entry, 'lockoutThreshold');
  const window = numberOf(entry, 'lockOutObservationWindow');
  if (threshold === undefined || window === undefined) return undefined;
  return { dn: entry.dn, threshold, windowSeconds: Math.round(window / -10_000_000) };
}

/** Without a maximum ppolicy never locks; without an interval it forgets nothing (slapo-ppolicy(5)). */
function readPpolicy(entry: SearchEntry): LockoutPolicy | undefined {
  if (textOf(entry, 'pwdLockout') === undefined && numberOf(entry, 'pwdMaxFailure') === undefined) return undefined;
  const locks = textOf(entry, 'pwdLockout')?.toUpperCase() === 'TRUE';
  return {
    dn: entry.dn,
    threshold: locks ? (numberOf(entry, 'pwdMaxFailure') ?? 0) : 0,
    windowSeconds: numberOf(entry, 'pwdFailureCountInterval') ?? 0,
  };
}

function read389ds(entry: SearchEntry): LockoutPolicy | undefined {
  const lockout = textOf(entry, 'passwordLockout');
  if (lockout === undefined) return undefined;
  return {
    dn: entry.dn,
    threshold: lockout.toLowerCase() === 'on' ? (numberOf(entry, 'passwordMaxFailure') ?? 3) : 0, // their defaults
    windowSeconds: numberOf(entry, 'passwordResetFailureCount') ?? 600,
  };
}
