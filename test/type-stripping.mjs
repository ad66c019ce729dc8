// Jest's transformer: Node's own type stripping, so that tests run the very syntax that Node runs.
import { stripTypeScriptTypes } from 'node:module';

function process(source) {
  return { code: stripTypeScriptTypes(source) };
}

export default { process, processAsync: async (source) => process(source) };
