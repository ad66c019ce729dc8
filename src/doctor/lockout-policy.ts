import type { DirectoryKind } from '../config/config.ts';
import type { Conversation } from '../directory/conversation.ts';
import { textsOf } from '../directory/entry.ts';
import { readEntry } from '../directory/read-entry.ts';
import type { SearchEntry } from '../ldap/message.ts';
import { first } from './account-state.ts';

/** When a directory locks an account, as far as the service account may read it. */
export type LockoutPolicy = {
  readonly dn: string;
  /** It locks with the failure of this number; 0: never. */
  readonly threshold: number;
  /** A failure is forgotten after so long; 0: never. */
  readonly windowSeconds: number;
};

/** Where a kind of directory keeps its policy, and what is read of it. Undefined: it does not tell. */
type Place = {
  readonly attributes: readonly string[];
  readonly bases: (userBases: readonly string[]) => readonly string[];
  readonly read: (entry: SearchEntry) => Omit<LockoutPolicy, 'dn'> | undefined;
};

/** Fine-grained policies of Active Directory and 389DS's cn=config are for administrators alone: what is read may not be all. */
const PLACES: Readonly<Record<DirectoryKind, Place>> = {
  'active-directory': {
    attributes: ['lockoutThreshold', 'lockOutObservationWindow'],
    bases: (userBases) => [...new Set(userBases.map((base) => /(?:dc=[^,]+,)*dc=[^,]+$/i.exec(base)?.[0] ?? base))],
    read: (entry) => {
      const threshold = numberOf(entry, 'lockoutThreshold');
      const window = numberOf(entry, 'lockOutObservationWindow');
      if (threshold === undefined || window === undefined) return undefined;
      return { threshold, windowSeconds: Math.round(window / -10_000_000) };
    },
  },
  // Without a maximum ppolicy never locks; without an interval it forgets nothing (slapo-ppolicy(5)).
  openldap: {
    attributes: ['pwdLockout', 'pwdMaxFailure', 'pwdFailureCountInterval'],
    bases: (userBases) => userBases,
    read: (entry) => {
      const lockout = first(entry, 'pwdLockout')?.toUpperCase();
      const most = numberOf(entry, 'pwdMaxFailure');
      if (lockout === undefined && most === undefined) return undefined;
      return { threshold: lockout === 'TRUE' ? (most ?? 0) : 0, windowSeconds: numberOf(entry, 'pwdFailureCountInterval') ?? 0 };
    },
  },
  '389ds': {
    attributes: ['passwordLockout', 'passwordMaxFailure', 'passwordResetFailureCount'],
    bases: () => ['cn=config'],
    read: (entry) => {
      const lockout = first(entry, 'passwordLockout')?.toLowerCase();
      if (lockout === undefined) return undefined;
      const most = numberOf(entry, 'passwordMaxFailure') ?? 3; // like 600 its default
      return { threshold: lockout === 'on' ? most : 0, windowSeconds: numberOf(entry, 'passwordResetFailureCount') ?? 600 };
    },
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
  const named = kind === 'active-directory' || entry === undefined ? undefined : await shown(entry.dn, ['pwdPolicySubentry']);
  const own = named === undefined ? [] : textsOf(named, 'pwdPolicySubentry').slice(0, 1);
  const found: LockoutPolicy[] = [];
  for (const base of [...own, ...bases(userBases)]) {
    const policy = await shown(base, attributes);
    const told = policy === undefined ? undefined : read(policy);
    if (policy !== undefined && told !== undefined) found.push({ dn: policy.dn, ...told });
  }
  return found;

  async function shown(dn: string, names: readonly string[]): Promise<SearchEntry | undefined> {
    const reply = await readEntry(session, { dn, attributes: names }, slice);
    return reply.ok ? reply.entries[0] : undefined;
  }
}

function numberOf(entry: SearchEntry, name: string): number | undefined {
  const text = first(entry, name);
  return text !== undefined && /^-?\d{1,19}$/.test(text) ? Number(text) : undefined;
}
