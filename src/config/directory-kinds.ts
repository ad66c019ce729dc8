export type DirectoryKind = 'openldap' | 'active-directory' | '389ds';

/** What sets one kind of directory apart from the others. */
export type DirectoryTraits = {
  /** LDAP_USER_FILTER where none is set. */
  readonly userFilter: string;
  /** LDAP_USERNAME_ATTRIBUTE where it is not set. */
  readonly usernameAttribute: string;
  /** What identifies an entry for good: it survives a rename, and no other entry ever gets it. Operational, so asked for by name. */
  readonly id: { readonly attribute: string; readonly form: 'guid' | 'text' };
  /** LDAP_NESTED_GROUPS where it is not set. */
  readonly nestedGroups: boolean;
  /** LDAP_PASSWORD_POLICY where it is not set: whether a bind asks for the password policy response. */
  readonly passwordPolicy: boolean;
  /** Names like `CORP\alice` and `alice@corp.example.com` are alice's, although no attribute holds them (MS-ADTS 5.1.1.1.1). */
  readonly domainNames: boolean;
  /** References to the configuration and DNS partitions take nothing away from a search: there are no users (MS-ADTS 3.1.1.1.5). */
  readonly ownPartitions: boolean;
  /** How a connection is asked who is bound: "Who am I?" (RFC 4532), or the root DSE's `tokenGroups` (MS-ADTS 3.1.1.3.2). */
  readonly whoIsBound: 'who am I' | 'token groups';
  /** What tells whose entry it is, to be asked for with an entry. */
  readonly ownEntryAttributes: readonly string[];
  /** How groups are asked: for their members, or with what the server computes (`tokenGroups`, the in-chain rule). */
  readonly groups: 'members' | 'tokens';
  /** What the questions about groups need of the user's entry. */
  readonly groupAttributes: readonly string[];
  /** Whether LDAP_GROUP_LOOKUP=memberOf can be believed to say no: a primary group is in no `memberOf`. */
  readonly memberOfLookup: boolean;
  /** Windows identifiers tell which entries are built in and have access rules of their own. */
  readonly securityIds: boolean;
  /** The directory's own counter of failed binds of an entry. */
  readonly failureCounter: 'badPwdCount' | 'pwdFailureTime' | 'passwordRetryCount';
  /** What tells of it, to be asked for by name: they are operational, or in no set that `*` brings. */
  readonly counterAttributes: readonly string[];
  /**
   * `badPwdCount` is not replicated, and the server that has the sum locks: a success at one of several servers says nothing of the count that
   * matters. Elsewhere each server counts and locks for itself.
   */
  readonly locksBySum: boolean;
  /** How few entries a proof of sight asks for. */
  readonly proof: { readonly mostEntries: number; readonly sizeLimit: number; readonly pageSize?: number };
  /** Where users may be: the context that the server prefers, or all that are not its own affairs. */
  readonly userContexts: 'preferred' | 'all';
};

/** One may be the service account's own. */
const TWO = { mostEntries: 2, sizeLimit: 2 } as const;

const UNIX: Omit<DirectoryTraits, 'userFilter' | 'id' | 'failureCounter' | 'counterAttributes'> = {
  usernameAttribute: 'uid',
  nestedGroups: false,
  passwordPolicy: true,
  domainNames: false,
  ownPartitions: false,
  whoIsBound: 'who am I',
  ownEntryAttributes: ['uid'],
  groups: 'members',
  groupAttributes: ['uid'], // memberUid holds it
  memberOfLookup: true,
  securityIds: false,
  locksBySum: false,
  proof: TWO,
  userContexts: 'all',
};

/** A kind of directory is a row here; nothing else in the service depends on the name of a kind. */
export const DIRECTORY_KINDS: Readonly<Record<DirectoryKind, DirectoryTraits>> = {
  // RFC 2307 accounts are often `account` + `posixAccount`, and no person.
  openldap: {
    ...UNIX,
    userFilter: '(&(|(objectClass=person)(objectClass=posixAccount))(uid={username}))',
    id: { attribute: 'entryUUID', form: 'text' }, // RFC 4530
    failureCounter: 'pwdFailureTime',
    counterAttributes: ['pwdFailureTime'],
  },
  '389ds': {
    ...UNIX,
    userFilter: '(&(objectClass=person)(uid={username}))',
    id: { attribute: 'nsUniqueId', form: 'text' }, // its entryUUID is a plug-in that may be off
    failureCounter: 'passwordRetryCount',
    counterAttributes: ['passwordRetryCount', 'retryCountResetTime', 'accountUnlockTime'],
  },
  'active-directory': {
    // SAM_NORMAL_USER_ACCOUNT, indexed; leaves out krbtgt's kin, computers and trust accounts.
    userFilter: '(&(sAMAccountType=805306368)(|(sAMAccountName={username})(userPrincipalName={username})))',
    usernameAttribute: 'sAMAccountName',
    id: { attribute: 'objectGUID', form: 'guid' }, // MS-ADTS 3.1.1.1.3
    nestedGroups: true,
    passwordPolicy: false, // it says it all in its sub-codes
    domainNames: true,
    ownPartitions: true,
    whoIsBound: 'token groups',
    ownEntryAttributes: ['objectSid', 'sAMAccountName', 'userPrincipalName', 'uid'],
    groups: 'tokens',
    groupAttributes: ['primaryGroupID', 'objectSid'], // no `member` and no `memberOf` holds the primary group (MS-ADTS 3.1.1.4.5.19)
    memberOfLookup: false,
    securityIds: true,
    failureCounter: 'badPwdCount',
    counterAttributes: ['badPwdCount', 'badPasswordTime', 'msDS-User-Account-Control-Computed'],
    locksBySum: true,
    // Administrator, krbtgt and the account's own prove nothing, and come first. Samba ignores a size limit, and sends everybody.
    proof: { mostEntries: 10, sizeLimit: 20, pageSize: 10 }, // a page as large as the limit may be ignored (RFC 2696, 3)
    userContexts: 'preferred',
  },
};
