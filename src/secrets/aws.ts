import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

import type { Deadline } from '../core/deadline.ts';

/** The text in a store, or the kind of error that came instead of it. */
export type Stored = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly detail: string };

/**
 * AWS's two stores of secrets. This file is bundled by itself and imported only when a secret is configured: the SDK would
 * double the cold start of everybody else. It imports nothing of ours but types, or the two bundles would share a third.
 *
 * In a private subnet without a VPC endpoint the SDK's connections just hang, so its time-outs are short and the whole call
 * ends with the deadline.
 */
const OPTIONS = { maxAttempts: 2, requestHandler: { connectionTimeout: 1000, requestTimeout: 2000 } } as const;

/** An SSM parameter, decrypted if it is a SecureString. */
export async function fetchParameter(name: string, deadline: Deadline): Promise<Stored> {
  const client = new SSMClient(OPTIONS);
  return await ask(deadline, client, async (abortSignal) => {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }), { abortSignal });
    return Parameter?.Value;
  });
}

/** A Secrets Manager secret: plain text, or the `password` field of a JSON object. */
export async function fetchSecret(id: string, deadline: Deadline): Promise<Stored> {
  const client = new SecretsManagerClient(OPTIONS);
  return await ask(deadline, client, async (abortSignal) => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }), { abortSignal });
    return SecretString;
  });
}

/** One call, with a client of its own: whatever the five minutes until the next one do to a kept connection, nobody sees it. */
async function ask(
  deadline: Deadline,
  client: { readonly destroy: () => void },
  call: (abortSignal: AbortSignal) => Promise<string | undefined>,
): Promise<Stored> {
  const aborter = new AbortController();
  const stopWaiting = deadline.onExpiry(() => aborter.abort());
  try {
    const text = await call(aborter.signal);
    return text === undefined ? { ok: false, detail: 'no text in it' } : { ok: true, text };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.name : 'unknown error' }; // the message can hold the name's account
  } finally {
    stopWaiting();
    client.destroy();
  }
}
