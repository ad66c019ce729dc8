import { result, send } from '../../support/faults/actions.ts';
import { answered, type Expected, harmless, type Row, type Spread, spread, VERDICT_STEPS } from './row.ts';

/** Result codes (RFC 4511, appendix A) at an operation in which they are a fault, and what each must become. */
const REFUSED = 'directory-refused-service-account';

type Code = { readonly code: number; readonly name: string } & Pick<Spread, 'answer' | 'except' | 'waitsAt'>;

const CODES: readonly Code[] = [
  { code: 1, name: 'operationsError', answer: 'directory-protocol-error' },
  { code: 2, name: 'protocolError', answer: 'directory-protocol-error' },
  { code: 3, name: 'timeLimitExceeded', answer: 'directory-timeout' },
  { code: 4, name: 'sizeLimitExceeded', answer: 'directory-protocol-error', except: { proof: REFUSED } },
  { code: 7, name: 'authMethodNotSupported', answer: 'directory-protocol-error' },
  { code: 8, name: 'strongerAuthRequired', answer: 'directory-tls-failure' },
  { code: 10, name: 'referral', answer: 'directory-protocol-error' },
  { code: 11, name: 'adminLimitExceeded', answer: 'directory-busy', except: { proof: REFUSED } },
  { code: 12, name: 'unavailableCriticalExtension', answer: 'directory-protocol-error' },
  { code: 13, name: 'confidentialityRequired', answer: 'directory-tls-failure' },
  { code: 14, name: 'saslBindInProgress', answer: 'directory-protocol-error' },
  // After a search it may mean that nobody has this name: the proof is asked for, and this server hangs.
  {
    ...{ code: 32, name: 'noSuchObject', answer: REFUSED },
    ...{ except: { 'user bind': 'directory-protocol-error', search: 'directory-timeout' }, waitsAt: ['search'] },
  },
  { code: 34, name: 'invalidDNSyntax', answer: 'directory-protocol-error', except: { 'service bind': REFUSED } },
  { code: 48, name: 'inappropriateAuthentication', answer: 'directory-protocol-error', except: { 'service bind': REFUSED } },
  { code: 50, name: 'insufficientAccessRights', answer: REFUSED, except: { 'user bind': 'directory-protocol-error' } },
  { code: 51, name: 'busy', answer: 'directory-busy' },
  { code: 52, name: 'unavailable', answer: 'directory-busy' },
  { code: 53, name: 'unwillingToPerform', answer: 'directory-protocol-error' },
  { code: 54, name: 'loopDetect', answer: 'directory-protocol-error' },
  { code: 80, name: 'other', answer: 'directory-protocol-error' },
  { code: 123, name: 'an unknown code', answer: 'directory-protocol-error' },
  { code: 4096, name: 'a code beyond the standard', answer: 'directory-protocol-error' },
];

const RESULTS: readonly Spread[] = CODES.map(({ code, name, ...others }) => ({
  fault: `result ${String(code)} (${name})`,
  action: send(result(code, { diagnostic: 'said by the proxy' })),
  ...others,
}));

/** A server that does not say who is bound does no harm. */
const UNTOLD = CODES.map(({ code, name }) =>
  harmless(`result ${String(code)} (${name})`, send(result(code, { diagnostic: 'said by the proxy' }), 'resume')),
);

function told(fault: string, code: number, diagnostic: string, answer: Expected = 'directory-protocol-error'): Spread {
  return answered(fault, result(code, { diagnostic }), answer);
}

function activeDirectory(subcode: string): string {
  return `80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data ${subcode}, v4563\0`;
}

/** Refusals are an allow-list: these look like one and are none. */
const NO_REFUSALS: readonly Spread[] = [
  told('49, sub-code 54e (damaged hash)', 49, activeDirectory('54e')),
  told('49, sub-code 51f (no logon server)', 49, activeDirectory('51f')),
  told('49, sub-code 54b', 49, activeDirectory('54b')),
  told('49, sub-code 57', 49, activeDirectory('57')),
  told('49 of Active Directory without a sub-code', 49, '80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error'),
  told('53 `operation restricted`', 53, 'operation restricted'),
  told('53 `Minimum SSF not met.`', 53, 'Minimum SSF not met.'),
  told('53 with a known text not at its start', 53, 'not: Account inactivated'),
  told('19 with an unknown text', 19, 'Some constraint'),
  told('19 without a text', 19, ''),
];

/** What refuses a user refuses the service account too: then the directory cannot be asked, and it rests. */
const REFUSALS: readonly Spread[] = [
  told('49 invalidCredentials', 49, '', REFUSED),
  told('49, sub-code 52e (wrong password)', 49, activeDirectory('52e'), REFUSED),
  told('49, sub-code 775 (locked)', 49, activeDirectory('775'), REFUSED),
  told('53 `Account inactivated`', 53, 'Account inactivated. Contact system administrator.', REFUSED),
  told('19 `Exceed password retry limit`', 19, 'Exceed password retry limit. Please try later.', REFUSED),
];

/** Over ldaps alone: how the bytes got here changes nothing in what they mean. */
export const RESULT_ROWS: readonly Row[] = [
  ...spread(VERDICT_STEPS, ['ldaps'], RESULTS),
  ...spread(['who am I'], ['ldaps'], UNTOLD),
  ...spread(['user bind'], ['ldaps'], NO_REFUSALS),
  ...spread(['service bind'], ['ldaps'], REFUSALS),
  ...spread(['search', 'proof'], ['ldaps'], [told('49 invalidCredentials', 49, '')]),
];
