import type { Deadline } from '../../core/deadline.ts';
import type { BoundAccounts } from './bound-account.ts';
import type { CredentialResult, ServiceCredentials } from './credentials.ts';

export type ServiceSearcher = {
  readonly kind: 'service account';
  readonly bindDn: string;
  readonly credentials: ServiceCredentials;
  readonly boundAccounts: BoundAccounts;
};

/** In whose name people are searched. */
export type Searcher = ServiceSearcher | { readonly kind: 'anonymous' };

/** Why no server is to be asked now, if so. */
export async function unusable(searcher: Searcher, deadline: Deadline): Promise<Exclude<CredentialResult, { ok: true }> | undefined> {
  const usable = searcher.kind === 'anonymous' ? undefined : await searcher.credentials.usable(deadline);
  return usable?.ok === false ? usable : undefined;
}
