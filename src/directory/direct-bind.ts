import type { DirectBind } from '../config/config.ts';
import type { DirectoryTraits } from '../config/directory-kinds.ts';
import { NO_ATTRIBUTES, readAttributes } from './attributes.ts';
import { type AcceptedName, type BoundUser, readBoundUser } from './bound-user.ts';
import type { Gatekeeper } from '../gate/gatekeeper.ts';
import type { Call, Plan } from './call.ts';
import type { Conversation, WantedAttributes } from './conversation.ts';
import { isMemberBySids } from './groups/active-directory.ts';
import { known, orFault, unknown } from './groups/question.ts';
import { type ProvenGroups, readProvenGroups } from './groups/read-groups.ts';
import { identityOf } from './identity.ts';
import type { Failure } from '../ldap/failure.ts';
import { bindThroughGate } from './gated-bind.ts';
import type { DnTemplate } from './names/dn-template.ts';
import { parentOf } from './names/dn.ts';
import { bindTyped, type Decision, type UserBind } from './user-bind.ts';
import { decideValid, type Read } from './valid.ts';

/** How a typed name is bound without a search, and what is read afterwards with the user's own rights. */
export type Direct = {
  readonly kind: DirectoryTraits;
  readonly template: DnTemplate;
  readonly settings: DirectBind;
  readonly wanted: WantedAttributes;
};

/** Without a search: the directory does not tell an unknown name from a wrong password, so neither do we. */
export function planDirectBind(direct: Direct, gate: Promise<Gatekeeper> | undefined, { login, required, trace }: Call): Plan {
  const bindName = direct.template(login.username);
  if (!bindName.ok) return { kind: 'decided', outcome: { kind: 'malformed', reason: 'malformed-request', problems: [bindName.problem] } };
  const accepted: AcceptedName = { typed: login.username, name: bindName.name, dn: bindName.dn };
  const bind = (conversation: Conversation): Promise<UserBind> =>
    bindTyped(conversation, bindName.name, login, async (verdict): Promise<Decision> => {
      if (verdict.kind === 'refused') return { kind: 'invalid', reason: verdict.reason };
      const read = await readAsUser(direct, accepted, required, { ...conversation, slice: conversation.deadline });
      if (read.kind === 'failed') return read;
      trace.entryDn = read.identity.dn; // told by the directory, so no typed name
      return decideValid(verdict, read);
    });
  return { kind: 'ask', ask: (conversation) => bindThroughGate(gate, { typed: login.username }, conversation, () => bind(conversation)) };
}

type ReadAsUser = Read & { readonly kind: 'read' };

/** Nobody else may be asked any more: the bind may have counted. */
function readAsUser(
  direct: Direct,
  accepted: AcceptedName,
  required: readonly string[],
  conversation: Conversation,
): Promise<ReadAsUser | { readonly kind: 'failed'; readonly failure: Failure }> {
  const { kind, settings, wanted } = direct;
  return orFault(async (): Promise<ReadAsUser> => {
    const { entry, sids } = await readBoundUser(kind, accepted, wanted, conversation);
    if (entry === undefined)
      return { kind: 'read', identity: {}, attributes: NO_ATTRIBUTES, ...(await groupsOfNobody(settings, required, sids, conversation)) };
    const search = { kind, settings: { bases: [parentOf(entry.dn)], groups: settings.groups } };
    return {
      kind: 'read',
      identity: identityOf(entry, wanted),
      attributes: await readAttributes(conversation, entry, settings.attributes),
      ...(await readProvenGroups({ search, user: entry, required, conversation, ...(sids === undefined ? {} : { sids }) })),
    };
  });
}

/** Where the entry is not shown, SIDs alone can say *in*. */
async function groupsOfNobody(
  { groups: { returned, nested } }: DirectBind,
  required: readonly string[],
  sids: BoundUser['sids'],
  conversation: Conversation,
): Promise<ProvenGroups> {
  const hidden = unknown('the directory does not show the user the own entry');
  const isIn = nested && sids !== undefined && (await isMemberBySids(conversation, required, sids));
  return { isMember: required.length === 0 || isIn ? known(true) : hidden, returned: returned ? hidden : undefined };
}
