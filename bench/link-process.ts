/**
 * See link.ts: HOST PORT. Listens on HOST, so that a certificate for that address holds for the link too. A number that is sent to it
 * is the delay from now on; every message is answered with the counts.
 */
import net from 'node:net';

const [host = '', port = ''] = process.argv.slice(2);
let delayMs = 0;

type Held = { readonly at: number; readonly to: net.Socket; readonly chunk: Buffer | 'end' };

/** In the order in which they came, which is the order in which they are due. */
const held: Held[] = [];
let connections = 0;
let turns = 0;

function hold(to: net.Socket, chunk: Buffer | 'end'): void {
  held.push({ at: performance.now() + delayMs, to, chunk });
  if (held.length === 1) setImmediate(release);
}

/** A timer knows whole milliseconds only: as long as something is held the clock is looked at in every turn of the event loop. */
function release(): void {
  for (let next = held[0]; next !== undefined && next.at <= performance.now(); next = held[0]) {
    held.shift();
    if (next.chunk === 'end') next.to.end();
    else if (next.to.writable) next.to.write(next.chunk);
  }
  if (held.length > 0) setImmediate(release);
}

const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
  connections += 1;
  const upstream = net.connect({ host, port: Number(port), noDelay: true, allowHalfOpen: true });
  let speaker: net.Socket | undefined;
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.on('data', (chunk: Buffer) => {
      if (speaker !== from) turns += 1;
      speaker = from;
      hold(to, chunk);
    });
    from.on('end', () => hold(to, 'end'));
    from.on('error', () => to.destroy());
  }
});

process.on('message', (told: unknown) => {
  if (typeof told === 'number') delayMs = told;
  process.send?.({ connections, turns });
});
process.on('disconnect', () => process.exit());
server.listen(0, host, () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' && address !== null ? address.port : 0 });
});
