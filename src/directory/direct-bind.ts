import { type Gate, userOfTypedName } from '../gate/pass.ts';
import type { Call, Plan } from './call.ts';
import { bindThroughGate } from './gated-bind.ts';
import type { DnTemplate } from './names/dn-template.ts';
import { bindTyped, type Decide, remaining } from './user-bind.ts';

/** Without a search: the directory does not tell an unknown name from a wrong password, so neither do we. */
export function planDirectBind(template: DnTemplate, gate: Gate | undefined, { login, trace }: Call): Plan {
  const bindName = template(login.username);
  if (!bindName.ok) {
    return { kind: 'decided', outcome: { kind: 'malformed', reason: 'malformed-request', problems: [bindName.problem] } };
  }
  const identity = { username: login.username, ...(bindName.dn === undefined ? {} : { dn: bindName.dn }) };
  const decide: Decide = (verdict) => {
    if (verdict.kind === 'refused') return { kind: 'invalid', reason: verdict.reason };
    trace.entryDn = bindName.name; // only now: until then it is a typed name that may be nobody's
    return { kind: 'valid', identity: { ...identity, ...remaining(verdict) } };
  };
  return {
    kind: 'ask',
    ask: (conversation) =>
      bindThroughGate(gate, userOfTypedName(login.username), conversation, () => bindTyped(conversation, bindName.name, login, decide)),
  };
}
