import { TestEnvironment } from 'jest-environment-node';

// The workers' own process, before anything of a test is loaded. Jest gives its workers FORCE_COLOR where its own output has
// colours; whatever the shell says about colours, what is tested, and what tests start, decides by the stream it writes to.
for (const name of ['FORCE_COLOR', 'NO_COLOR', 'NODE_DISABLE_COLORS', 'CLICOLOR', 'CLICOLOR_FORCE']) delete process.env[name];

// A worker has nothing left to do half a millisecond after jest has dismissed it, but taking a heap of some hundred MB down takes
// longer than the 500 ms that jest gives it, on a busy machine; then jest speaks of a leak. In its own `exit` event it may just go:
// a worker that something keeps alive never gets there, and is still told.
const ENDING = Symbol.for('ldap-auth: this worker ends at once');
if (process.send !== undefined && !(ENDING in process)) {
  process[ENDING] = true;
  process.on('exit', () => process.exit());
}

/**
 * Jest's environment, in which a `beforeAll` that fails is one failure: the first test tells it, and the others are not run. Jest
 * would report it once more for each of them. Jest demands a default export.
 */
export default class Environment extends TestEnvironment {
  /** The blocks whose set-up has failed. */
  #broken = new Set();

  handleTestEvent(event, state) {
    if (event.name !== 'hook_failure') return;
    const { hook, describeBlock } = event;
    if (hook.type === 'beforeAll') {
      this.#broken.add(describeBlock);
      const [, ...others] = testsIn(describeBlock).filter(({ mode }) => mode !== 'skip' && mode !== 'todo');
      for (const test of others) Object.assign(test, { mode: 'skip', errors: [] });
    }
    // What was never set up cannot be torn down: that says nothing new.
    if (hook.type === 'afterAll' && this.#broken.has(describeBlock)) state.unhandledErrors.pop();
  }
}

function testsIn(block) {
  return block.children.flatMap((child) => (child.type === 'describeBlock' ? testsIn(child) : [child]));
}
