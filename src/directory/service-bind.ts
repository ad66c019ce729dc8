import type { Conversation, UserSearch } from './conversation.ts';
import { type BindVerdict, understandBind } from './failure.ts';
import { readPolicy } from './policy.ts';
import type { ServiceBind } from './service-account.ts';

/** Binds as the service account, unless it was refused a moment ago. */
export const bindService = (search: UserSearch, { session, slice, trace, bindControls }: Conversation): Promise<ServiceBind> =>
  search.account.bind(
    () =>
      trace.time('service bind', async (): Promise<ServiceBind> => {
        const { bindDn, bindPassword } = search.settings;
        const reply = await session.bind(bindDn, bindPassword, bindControls, slice);
        if (!reply.ok) return { kind: 'fault', failure: reply.failure };
        return understandServiceBind(understandBind(reply.result, readPolicy(reply.controls)), reply.result.code);
      }),
    slice,
  );

/** Codes that speak of the name in LDAP_BIND_DN: noSuchObject, invalidDNSyntax, inappropriateAuthentication. No server will have it. */
const REFUSED_NAMES: ReadonlySet<number> = new Set([32, 34, 48]);

const understandServiceBind = (verdict: BindVerdict, code: number): ServiceBind => {
  if (verdict.kind === 'accepted') return { kind: 'accepted' };
  const reason = 'directory-refused-service-account';
  if (verdict.kind === 'refused') return { kind: 'refused', failure: { reason, detail: `service bind: ${verdict.reason}` } };
  const isRefusal = REFUSED_NAMES.has(code) || verdict.failure.reason === reason;
  return isRefusal ? { kind: 'refused', failure: { reason, detail: `service bind: result ${String(code)}` } } : verdict;
};
