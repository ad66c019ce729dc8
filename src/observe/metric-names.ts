import type { StepName } from '../core/trace.ts';

/**
 * What the metrics in CloudWatch are called: written by the functions (EMF), read by the alarms and the dashboard of the
 * stack (stack/alarms.ts, stack/dashboard.ts) and told in docs/operate.md. A rename here renames it
 * for all of them.
 */
export const NAMESPACE = 'ldap-auth';

/**
 * `service` is on every metric: the value of POWERTOOLS_SERVICE_NAME, which the stack sets to `<service>-<stage>`. Auth and
 * authorizer count together. The others are on one metric each, beside `service` and nothing else.
 */
export const DIMENSIONS = { service: 'service', verdict: 'verdict', reason: 'reason' } as const;

/** A metric's unit, and the sets of dimensions under which each value is written. */
type Metric = {
  readonly unit: 'Count' | 'Milliseconds';
  readonly dimensionSets: readonly (readonly (keyof typeof DIMENSIONS)[])[];
};

const BY_SERVICE = [['service']] as const;

export const METRICS = {
  /** 1 for each request, by `verdict` (valid, invalid, indeterminate, throttled, malformed, out-of-order, caller-refused) and, apart, by `reason`. */
  Verdicts: {
    unit: 'Count',
    dimensionSets: [
      ['service', 'verdict'],
      ['service', 'reason'],
    ],
  },
  /**
   * 1 for indeterminate and out-of-order, 0 for valid and invalid, nothing for the rest. Its average is the share of logins
   * that nobody could answer, without arithmetic over metrics that may not exist yet.
   */
  Indeterminate: { unit: 'Count', dimensionSets: BY_SERVICE },
  /** Of each request that asked the directory, from event to answer. */
  Latency: { unit: 'Milliseconds', dimensionSets: BY_SERVICE },
  /** Of each step of it, over all servers that were asked; connect is TCP, TLS and StartTLS together. */
  ConnectLatency: { unit: 'Milliseconds', dimensionSets: BY_SERVICE },
  ServiceBindLatency: { unit: 'Milliseconds', dimensionSets: BY_SERVICE },
  SearchLatency: { unit: 'Milliseconds', dimensionSets: BY_SERVICE },
  GroupsLatency: { unit: 'Milliseconds', dimensionSets: BY_SERVICE },
  GateLatency: { unit: 'Milliseconds', dimensionSets: BY_SERVICE },
  UserBindLatency: { unit: 'Milliseconds', dimensionSets: BY_SERVICE },
  CloseLatency: { unit: 'Milliseconds', dimensionSets: BY_SERVICE },
  /** 1 for each refusal that took longer than AUTH_UNIFORM_FLOOR_MS, under `uniform`. */
  SlowRefusals: { unit: 'Count', dimensionSets: BY_SERVICE },
  /** Servers skipped, for each request that skipped any. */
  Failovers: { unit: 'Count', dimensionSets: BY_SERVICE },
  /** 1 for the first request of each process. */
  ColdStarts: { unit: 'Count', dimensionSets: BY_SERVICE },
  /** 1 for each request with the reason directory-refused-service-account. */
  RefusedServiceAccount: { unit: 'Count', dimensionSets: BY_SERVICE },
  /** 1 for each login whose bind the gate did not send, under `uniform` too. */
  UserThrottled: { unit: 'Count', dimensionSets: BY_SERVICE },
  /** 1 for each login for which the gate's table could not be asked: the directory's own counter decided alone. */
  GateUnavailable: { unit: 'Count', dimensionSets: BY_SERVICE },
  /** Checks that failed, for each run of the doctor; 0 if none did: without a value nobody has looked. */
  DoctorFailures: { unit: 'Count', dimensionSets: BY_SERVICE },
  /** Of the directory's certificate, for each run of the doctor that saw one: the least of all servers. */
  CertificateDaysLeft: { unit: 'Count', dimensionSets: BY_SERVICE },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;

export const METRIC_OF_STEP = {
  connect: 'ConnectLatency',
  'service bind': 'ServiceBindLatency',
  search: 'SearchLatency',
  groups: 'GroupsLatency',
  gate: 'GateLatency',
  'user bind': 'UserBindLatency',
  close: 'CloseLatency',
} as const satisfies Record<StepName, MetricName>;
