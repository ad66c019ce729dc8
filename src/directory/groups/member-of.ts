import { readAllValues } from '../attributes.ts';
import { isAtOrBelow } from '../names/dn.ts';
import { proveShown } from '../service/proof.ts';
import { sightOf } from '../user-search.ts';
import { isSameDn } from './group-names.ts';
import { type GroupQuestion, type Groups, type Known, known, ServerFailure, unknown } from './question.ts';

const MEMBER_OF = 'memberOf';

/**
 * LDAP_GROUP_LOOKUP=memberOf, before the user's bind: the entry's own `memberOf` is believed, and where it shows none, that it
 * has none only where somebody else is shown with one on this connection.
 */
export async function readMemberOfGroups(question: GroupQuestion): Promise<Groups> {
  const { user, search, required, conversation } = question;
  const { returned } = search.settings.groups;
  const read = await readAllValues(conversation.session, user, MEMBER_OF, conversation.slice);
  if (!read.known) return { isMember: required.length === 0 ? known(true) : read, returned: returned ? read : undefined };
  const dns = [...new Set(read.value.map((value) => value.toString('utf8')))];
  const isShown = dns.length > 0 || (await isShownOfOthers(question));
  const listed = isShown ? known(dns) : unknown('memberOf is shown neither of the entry nor of anybody else');
  return { isMember: required.length === 0 ? known(true) : isOneOf(required, listed), returned: returned ? listed : undefined };
}

function isOneOf(required: readonly string[], listed: Known<readonly string[]>): Known<boolean> {
  if (!listed.known) return listed;
  const same = required.flatMap((group) => listed.value.map((dn) => isSameDn(group, dn)));
  if (same.includes(true)) return known(true);
  return same.includes(undefined) ? unknown('memberOf names a required group in another spelling, perhaps') : known(false);
}

/** Below the base of the user, where that can be told. A fault of the server is a ServerFailure. */
async function isShownOfOthers({ user, conversation, others }: GroupQuestion): Promise<boolean> {
  if (others === undefined) return false;
  const { search, isOwnEntry } = others;
  const bases = search.bases.filter(({ dn }) => isAtOrBelow(user.dn, dn));
  for (const { dn } of bases.length === 0 ? search.bases : bases) {
    const shown = await proveShown(conversation.session, sightOf(search, dn, isOwnEntry), MEMBER_OF, conversation.slice);
    if (!shown.ok) throw new ServerFailure(shown.failure);
    if (shown.isShown) return true;
  }
  return false;
}
