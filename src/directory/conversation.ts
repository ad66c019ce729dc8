import type { SearchAndBind, Server } from '../config/config.ts';
import type { DirectoryTraits } from '../config/directory-kinds.ts';
import type { Deadline } from '../core/deadline.ts';
import type { Trace } from '../core/trace.ts';
import type { UserFilter } from './names/filter.ts';
import type { NameForms } from './names/login-name.ts';
import type { Searcher } from './service/searcher.ts';
import type { Session } from '../ldap/session.ts';

/** How an entry is looked for, and what this process remembers of having done so. */
export type UserSearch = {
  readonly settings: SearchAndBind;
  readonly kind: DirectoryTraits;
  readonly filter: UserFilter;
  readonly wanted: WantedAttributes;
  /** One or more, all of which are searched. */
  readonly bases: readonly SearchBase[];
  readonly searcher: Searcher;
  /** For each base the entry that proved sight last, remembered to be asked first: it proves nothing by itself. */
  readonly witnesses: Map<string, string>;
};

/** A base, empty for the whole tree, and the forms of names that lead to its entries. */
export type SearchBase = { readonly dn: string; readonly names: NameForms };

/** The attributes that a search for somebody brings, known once for all. */
export type WantedAttributes = {
  /** LDAP_USERNAME_ATTRIBUTE: the directory's own spelling of the user name. */
  readonly username: string;
  /** What identifies the entry for good. */
  readonly id: DirectoryTraits['id'];
  /** These and everything else that this one search can bring: what is asked for here costs no round trip. */
  readonly all: readonly string[];
};

/** One request's connection to one server, and the time for each half of it. */
export type Conversation = {
  readonly server: Server;
  /** The address and port that were dialled: one name may stand for several machines. */
  readonly endpoint: string;
  readonly session: Session;
  /** For everything before the user's bind. */
  readonly slice: Deadline;
  /** For the user's bind: the whole request's. */
  readonly deadline: Deadline;
  readonly trace: Trace;
  /**
   * When the service account's sight is proved. Before a search, and so for every name alike, under `uniform`: proved only
   * where nobody was found, its failure would tell which names exist.
   */
  readonly proof: 'before any search' | 'before a no';
  /** OIDs sent with a bind, non-critical. */
  readonly bindControls: readonly string[];
};
