/**
 * What the metrics in CloudWatch are called: written by the functions (EMF), read by the alarms and the dashboard of the
 * stack (serverless/alarms.cjs, serverless/dashboard.cjs) and told in docs/operate.md. Whoever renames one here renames it
 * for all of them.
 */
export const NAMESPACE = 'ldap-auth';

/**
 * `service` is on every metric: the value of POWERTOOLS_SERVICE_NAME, which the stack sets to `<service>-<stage>`. Auth and
 * authorizer count together. The others are on one metric each, beside `service` and nothing else.
 */
export const DIMENSIONS = { service: 'service', verdict: 'verdict', reason: 'reason', step: 'step' } as const;

/** A metric's unit, and the sets of dimensions under which each value is written. */
type Metric = {
  readonly name: string;
  readonly unit: 'Count' | 'Milliseconds';
  readonly dimensionSets: readonly (readonly (keyof typeof DIMENSIONS)[])[];
};

export const METRICS = {
  /** 1 for each request, by `verdict` (valid, invalid, indeterminate, malformed, out-of-order, caller-refused) and, apart, by `reason`. */
  verdicts: {
    name: 'Verdicts',
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
  indeterminate: { name: 'Indeterminate', unit: 'Count', dimensionSets: [['service']] },
  /** Of each request that asked the directory, from event to answer. */
  latency: { name: 'Latency', unit: 'Milliseconds', dimensionSets: [['service']] },
  /** Of each step of it: connect, tls, bind, search … as in the log line. */
  stepLatency: { name: 'StepLatency', unit: 'Milliseconds', dimensionSets: [['service', 'step']] },
  /** 1 for each refusal that took longer than AUTH_UNIFORM_FLOOR_MS, under `uniform`. */
  slowRefusals: { name: 'SlowRefusals', unit: 'Count', dimensionSets: [['service']] },
  /** Servers skipped, for each request that skipped any. */
  failovers: { name: 'Failovers', unit: 'Count', dimensionSets: [['service']] },
  /** 1 for the first request of each process. */
  coldStarts: { name: 'ColdStarts', unit: 'Count', dimensionSets: [['service']] },
  /** 1 for each request with the reason directory-refused-service-account. */
  refusedServiceAccount: { name: 'RefusedServiceAccount', unit: 'Count', dimensionSets: [['service']] },
  /** Checks that failed, for each run of the doctor; 0 if none did: without a value nobody has looked. */
  doctorFailures: { name: 'DoctorFailures', unit: 'Count', dimensionSets: [['service']] },
  /** Of the directory's certificate, for each run of the doctor that saw one: the least of all servers. */
  certificateDaysLeft: { name: 'CertificateDaysLeft', unit: 'Count', dimensionSets: [['service']] },
} as const satisfies Record<string, Metric>;
