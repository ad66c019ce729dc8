/**
 * How well do response times tell an unknown name from a wrong password? Area under the ROC curve, 0.5 is "not at all", for
 * AUTH_DISCLOSURE=distinct and =uniform, against a real OpenLDAP, in turn in one run; again with refused binds delayed by the
 * directory. Run with: npm run bench:uniform
 */
import net from 'node:net';

import { peopleEntries } from '../test/contract/entries.ts';
import { type Answer, makeService } from '../test/support/ask.ts';
import { startOpenldap } from '../test/support/servers/openldap.ts';

const REFUSALS = 400;
const AT_ONCE = 20;

/** Passes everything on, except that a refused bind (resultCode 49) waits: a directory that takes its time over a wrong password. */
async function startRelay(target: URL, delayMs: number): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(target.port), target.hostname);
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      const isRefusal = chunk.includes(Buffer.of(0x0a, 1, 49));
      setTimeout(() => client.write(chunk), isRefusal ? delayMs : 0);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `ldap://127.0.0.1:${String(port)}`, close: () => void server.close() };
}

type Refusal = { readonly kind: 'unknown name' | 'wrong password'; readonly ms: number; readonly answer: Answer };

async function refuse(environment: Readonly<Record<string, string>>): Promise<readonly Refusal[]> {
  const ask = makeService(environment);
  await ask('alice', 'Passw0rd-alice'); // warm, and an entry has been seen
  const refusals: Refusal[] = [];
  for (let done = 0; done < REFUSALS; done += AT_ONCE) {
    const batch = Array.from({ length: AT_ONCE }, async (_, index): Promise<Refusal> => {
      const kind = index % 2 === 0 ? 'unknown name' : 'wrong password';
      const startedAt = performance.now();
      const answer = await ask(kind === 'unknown name' ? 'nobody' : 'alice', 'wrong');
      return { kind, ms: performance.now() - startedAt, answer };
    });
    refusals.push(...(await Promise.all(batch)));
  }
  return refusals;
}

/** The share of pairs in which the wrong password took longer; ties count half. Folded, since either direction tells. */
function areaUnderCurve(refusals: readonly Refusal[]): number {
  const times = (kind: Refusal['kind']): readonly number[] => refusals.filter((refusal) => refusal.kind === kind).map(({ ms }) => ms);
  let above = 0;
  for (const wrong of times('wrong password'))
    for (const unknown of times('unknown name')) above += wrong > unknown ? 1 : wrong === unknown ? 0.5 : 0;
  const area = above / (times('wrong password').length * times('unknown name').length);
  return Math.max(area, 1 - area);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const rows = [
  { disclosure: 'distinct', delayMs: 0, floorMs: 500 },
  { disclosure: 'uniform', delayMs: 0, floorMs: 500 },
  { disclosure: 'distinct', delayMs: 300, floorMs: 500 },
  { disclosure: 'uniform', delayMs: 300, floorMs: 500 },
  { disclosure: 'uniform', delayMs: 700, floorMs: 500 },
  { disclosure: 'uniform', delayMs: 700, floorMs: 1000 },
] as const;

const directory = await startOpenldap({ entries: peopleEntries('dc=example,dc=org', 'openldap') });
try {
  print('| disclosure | refused binds delayed by | floor | area under the curve | different bodies | different headers |');
  print('| --- | --- | --- | --- | --- | --- |');
  for (const { disclosure, delayMs, floorMs } of rows) {
    const relay = await startRelay(new URL(directory.url), delayMs);
    const refusals = await refuse({
      ...directory.environment,
      LDAP_URL: relay.url,
      LDAP_ALLOW_PLAINTEXT: 'true',
      AUTH_DISCLOSURE: disclosure,
      AUTH_UNIFORM_FLOOR_MS: String(floorMs),
    });
    relay.close();
    const bodies = new Set(refusals.map(({ answer }) => answer.text)).size;
    const headers = new Set(refusals.map(({ answer }) => JSON.stringify(answer.headers))).size;
    const area = areaUnderCurve(refusals).toFixed(3);
    print(`| ${disclosure} | ${String(delayMs)} ms | ${String(floorMs)} ms | ${area} | ${String(bodies)} | ${String(headers)} |`);
  }
} finally {
  await directory.stop();
}
