import type { Clock } from '../core/clock.ts';
import type { Config, Server } from '../config/config.ts';
import type { Deadline } from '../core/deadline.ts';
import type { ConfigProblem, Environment } from '../config/environment.ts';
import type { Trace } from '../core/trace.ts';
import type { Directory } from '../directory/authenticate.ts';
import type { BoundAccount } from '../directory/service/bound-account.ts';
import type { TlsIdentity } from '../ldap/connect.ts';
import type { Conversation, UserSearch } from '../directory/conversation.ts';
import type { SearchEntry } from '../ldap/message.ts';
import type { Place } from '../ldap/dial.ts';
import type { TlsIdentitySource } from '../ldap/tls-identity.ts';
import type { RootDse } from './root-dse.ts';

export type Status = 'pass' | 'fail' | 'skip';

/** One line of the result, as the contract has it. */
export type Row = {
  readonly id: string;
  readonly title: string;
  readonly status: Status;
  readonly ms: number;
  /**
   * What to change, a line each: `VARIABLE: what and why`. In the place of the variable stands `directory` where a right is granted there,
   * `--user` where another name is to be typed, and `warning` where nothing fails yet.
   */
  readonly hint?: string;
};

export type Connection = Omit<Conversation, 'slice' | 'deadline'> & Place;

/** What is known so far. Checks add to it by what they return; none changes it. */
export type Facts = {
  /** Where the authorities and certificates come from. Only there where the configuration lets anybody be connected to. */
  readonly identities: TlsIdentitySource;
  readonly identity: TlsIdentity;
  /** All of the login; only there where the configuration has no problem. */
  readonly directory: Directory;
  /** Not there for a direct bind. */
  readonly search: UserSearch;
  readonly username: string;
  /** The servers that DNS tells. */
  readonly discovered: readonly Server[];
  readonly server: Server;
  readonly addresses: readonly string[];
  /** Addresses to which TCP works. */
  readonly reached: readonly string[];
  readonly connection: Connection;
  /** Of the server's certificate; of several, the one that ends first. */
  readonly certificateDaysLeft: number;
  /** The variables that AWS's SDK reads, which is who asks the stores. */
  readonly sdk: Environment;
  /** AWS's stores that take no connection. Not there where nothing is stored. */
  readonly unreachable: ReadonlySet<string>;
  /** The service account's password could be had. */
  readonly secret: 'there' | 'not needed';
  /** Ready for a search: as the service account, with what the directory says of it, or as nobody. */
  readonly bound: BoundAccount;
  /** The bases of which people were shown. */
  readonly seenBases: readonly string[];
  readonly root: RootDse;
  /** LDAP_DIRECTORY is not one that the server contradicts: then everything else would fail for that reason alone. */
  readonly fits: 'as far as is told';
  /** The connection has ended, and a row has said so or has failed for it. */
  readonly lost: 'told';
  readonly entry: SearchEntry;
};

export type Known = { readonly [Fact in keyof Facts]?: Facts[Fact] | undefined };

/** What every check is given besides. */
export type Visit = {
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
  /** Of this check alone. */
  readonly deadline: Deadline;
  readonly clock: Clock;
  readonly trace: Trace;
};

export type Finding = {
  readonly status: Status;
  /** In a few words, behind the title. */
  readonly found?: string | undefined;
  readonly hint?: string | undefined;
  readonly learned?: Known;
};

/** `hints`: what to look at all the same. */
export function pass(found?: string, learned: Known = {}, hints: readonly string[] = []): Finding {
  return { status: 'pass', found, learned, hint: hints.length === 0 ? undefined : hints.join('\n') };
}

/** `hints`: what to change, at least one. */
export function fail(hints: string | readonly string[], found?: string, learned: Known = {}): Finding {
  return { status: 'fail', found, learned, hint: typeof hints === 'string' ? hints : hints.join('\n') };
}

export function skip(found?: string): Finding {
  return { status: 'skip', found };
}

/** A row: what is checked, and how. It never throws for anything that a directory or a network does. */
export type Check = {
  readonly id: string;
  readonly title: string;
  readonly run: (known: Known, visit: Visit) => Promise<Finding>;
};

/**
 * Makes a row out of what it needs. Where a need is not there the check is skipped, so that what failed before is told once:
 * this is what "fatal" would be, without ending checks that can still tell something (the root DSE after a refused bind).
 */
export function check<Need extends keyof Facts>(row: {
  readonly id: string;
  readonly title: string;
  readonly needs: readonly Need[];
  readonly run: (known: Known & Pick<Facts, Need>, visit: Visit) => Finding | Promise<Finding>;
}): Check {
  return {
    id: row.id,
    title: row.title,
    run: async (known, visit) => {
      if (!has(known, row.needs)) return skip();
      if (!row.needs.some((need) => need === 'connection') || known.connection?.session.isUsable === true)
        return await row.run(known, visit);
      return known.lost === undefined ? fail(CONNECTION_LOST, undefined, { lost: 'told' }) : skip();
    },
  };
}

function has<Need extends keyof Facts>(known: Known, needs: readonly Need[]): known is Known & Pick<Facts, Need> {
  return needs.every((need) => known[need] !== undefined);
}

/** Skipped rows are no failure: without this one, a server that hangs up between two rows would look well. */
const CONNECTION_LOST = 'LDAP_URL: the server closed the connection before this could be asked; look at its log and its limits';

/** For a first attempt: what is left after it is for a look at why it failed. */
export function firstShare(visit: Visit): Visit {
  return { ...visit, deadline: visit.deadline.slice((visit.deadline.leftMs * 2) / 3) };
}

/** The connection for one check: it has its own time, and a broken one is not used again. */
export function conversationOf(connection: Connection, { deadline }: Visit): Conversation {
  return { ...connection, slice: deadline, deadline };
}
