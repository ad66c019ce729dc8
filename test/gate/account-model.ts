import type { DirectoryKind } from '../../src/config/config.ts';
import type { SearchEntry } from '../../src/ldap/message.ts';

/** An account of a directory that counts failures and locks. */
export type Account = {
  readonly kind: DirectoryKind;
  readonly servers: number;
  /** `server` 0 or 1; of one server, 0. */
  readonly fail: (nowMs: number, server: number) => void;
  readonly succeed: (server: number) => void;
  /** As a search at that server shows it. */
  readonly entry: (server: number) => SearchEntry;
  /** As it counts now, where it would lock. */
  readonly failures: (nowMs: number) => number;
  readonly isLocked: () => boolean;
};

/** T and W of the directory. */
export type Policy = { readonly threshold: number; readonly windowMs: number };

type Values = Readonly<Record<string, readonly string[]>>;

function entryOf(values: Values): SearchEntry {
  return {
    dn: 'uid=alice,dc=example,dc=org',
    attributes: Object.entries(values).map(([description, texts]) => ({ description, values: texts.map((text) => Buffer.from(text)) })),
  };
}

function generalizedTime(ms: number): string {
  const text = new Date(ms).toISOString().replace(/[-:T]/g, '');
  return `${text.slice(0, 14)}.${text.slice(15, 18)}Z`;
}

/** MS-SAMR 3.1.5.14.6. The first controller is the PDC emulator: it counts what the others found wrong, and it locks. */
export function activeDirectory({ threshold, windowMs }: Policy, servers: number): Account {
  const controllers = Array.from({ length: servers }, () => ({ count: 0, lastMs: 0 }));
  const of = (server: number): { count: number; lastMs: number } => controllers[server] ?? { count: 0, lastMs: 0 };
  let locked = false;
  return {
    kind: 'active-directory',
    servers,
    fail: (nowMs, server) => {
      for (const controller of new Set([of(server), of(0)])) {
        controller.count = nowMs - controller.lastMs > windowMs ? 1 : controller.count + 1;
        controller.lastMs = nowMs;
      }
      locked ||= of(0).count >= threshold;
    },
    succeed: (server) => {
      of(server).count = 0; // and not at the others
    },
    entry: (server) =>
      entryOf({
        badPwdCount: [String(of(server).count)],
        badPasswordTime: [String(BigInt(of(server).lastMs + 11_644_473_600_000) * 10_000n)],
      }),
    failures: (nowMs) => (nowMs - of(0).lastMs > windowMs ? 0 : of(0).count),
    isLocked: () => locked,
  };
}

/** slapo-ppolicy(5). A window of 0: failures never age. */
export function openldap({ threshold, windowMs }: Policy): Account {
  let times: number[] = [];
  let locked = false;
  const recent = (nowMs: number): number[] => (windowMs === 0 ? times : times.filter((at) => at > nowMs - windowMs));
  return {
    kind: 'openldap',
    servers: 1,
    fail: (nowMs) => {
      times = [...recent(nowMs), nowMs];
      locked ||= times.length >= threshold;
    },
    succeed: () => {
      times = [];
    },
    entry: () => entryOf(times.length === 0 ? {} : { pwdFailureTime: times.map(generalizedTime) }),
    failures: (nowMs) => recent(nowMs).length,
    isLocked: () => locked,
  };
}

/** pw_retry.c: a window that begins with the first failure. */
export function ds389({ threshold, windowMs }: Policy): Account {
  let count = 0;
  let endsAtMs = 0;
  let locked = false;
  return {
    kind: '389ds',
    servers: 1,
    fail: (nowMs) => {
      if (nowMs > endsAtMs) count = 0;
      if (count === 0) endsAtMs = nowMs + windowMs;
      count += 1;
      locked ||= count >= threshold;
    },
    succeed: () => {
      count = 0;
    },
    entry: () => entryOf({ passwordRetryCount: [String(count)], retryCountResetTime: [generalizedTime(endsAtMs)] }),
    failures: (nowMs) => (nowMs > endsAtMs ? 0 : count),
    isLocked: () => locked,
  };
}
