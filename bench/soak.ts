// 10,000 requests over TLS against two servers that fail at random, in one process that does nothing else: the servers are
// a process of their own, so that memory and sockets are the service's. `node --max-semi-space-size=8 bench/soak.ts [requests]`:
// without that limit V8 enlarges its young generation in steps of tens of MB, and resident memory tells little.
import { fork } from 'node:child_process';
import { once } from 'node:events';

import { passwordOf, randomFaults, seededRandom, soak, SoakStage, USERS } from '../test/faults/soak.ts';
import { serviceFor } from '../test/faults/stage.ts';

const SEED = 2026;
const PERCENT = 5;

async function serve(): Promise<void> {
  const stage = await SoakStage.start('ldaps');
  stage.arm(randomFaults(seededRandom(SEED), PERCENT));
  process.send?.({ urls: stage.urls, ca: stage.certificates.ca });
}

type Served = { readonly urls: readonly string[]; readonly ca: string };

function isServed(message: unknown): message is Served {
  return typeof message === 'object' && message !== null && 'urls' in message && 'ca' in message;
}

async function run(requests: number): Promise<void> {
  const servers = fork(import.meta.filename, ['serve']);
  const message: unknown = await new Promise((resolve) => servers.once('message', resolve));
  if (!isServed(message)) throw new Error('the servers did not start');
  const ask = serviceFor({ certificates: { ca: message.ca } }, 'ldaps', message.urls, {
    LDAP_DEADLINE_MS: '600',
    LDAP_CONNECT_TIMEOUT_MS: '300',
  });
  const [user = ''] = USERS;
  await ask(user, passwordOf(user));
  const figures = await soak(ask, requests, 8, seededRandom(SEED + 1), async () => {
    servers.kill();
    await once(servers, 'exit');
  });
  process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
  const isClean = figures.wrong.length === 0 && figures.incidents.length === 0 && figures.socketsLeft === 0;
  process.exitCode = isClean ? 0 : 1;
}

if (process.argv[2] === 'serve') await serve();
else await run(Number(process.argv[2] ?? 10_000));
