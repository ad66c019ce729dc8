/**
 * A process of its own that logs alice in, over and over, by the name of a server: its resolver is another one than the test's.
 * A line for each thing on standard output: the reason of each answer, and its milliseconds. Ends with its standard input.
 */
import { lambdaContext, postAuth } from '../support/ask.ts';
import { handler } from '../../src/handlers/auth.ts';

const logins = Number(process.argv[2]);
const enough = new AbortController();
process.stdin.on('end', () => enough.abort()).resume();

for (let login = 0; login < logins && !enough.signal.aborted; login += 1) {
  const isRight = login % 2 === 0;
  const startedAt = performance.now();
  const { body } = await handler(postAuth({ username: 'alice', password: isRight ? 'wonderland' : 'wrong' }), lambdaContext());
  const { reason } = JSON.parse(body) as { readonly reason: string };
  process.stdout.write(`${isRight ? 'right' : 'wrong'} ${reason} ${(performance.now() - startedAt).toFixed(1)}\n`);
}
process.exit();
