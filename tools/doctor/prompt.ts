import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';

import { Secret } from '../../src/core/secret.ts';

/**
 * A line typed at a terminal, without echo: readline switches the terminal's own echo off and edits into nowhere. Nothing of
 * it is kept, in no history either. Undefined: Ctrl-C, Ctrl-D or an empty line.
 */
export function askPassword(input: Readable, output: Writable, prompt: string): Promise<Secret | undefined> {
  return new Promise((resolve) => {
    output.write(prompt);
    const nowhere = new Writable({
      write: (_chunk, _encoding, done) => {
        done();
      },
    });
    const reader = createInterface({ input, output: nowhere, terminal: true, historySize: 0 });
    const finish = (typed: string): void => {
      reader.off('close', onClose).close();
      output.write('\n');
      resolve(typed === '' ? undefined : new Secret(typed));
    };
    const onClose = (): void => {
      finish('');
    };
    reader.once('line', finish).once('SIGINT', onClose).once('close', onClose);
  });
}
