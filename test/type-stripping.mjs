// Jest's transformer: Node's own type stripping, so that tests run the very syntax that Node runs.
import { stripTypeScriptTypes } from 'node:module';

const process = (source) => ({ code: stripTypeScriptTypes(source) });

export default { process, processAsync: async (source) => process(source) };
