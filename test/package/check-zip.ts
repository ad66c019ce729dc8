import { readFileSync } from 'node:fs';

import { withDemoDirectory } from './demo-directory.ts';
import { askPackagedHandler } from './invoke.ts';
import { withFolder } from './packaged.ts';
import { unpackZip } from './zip-reader.ts';

// For .ci/run: `node test/package/check-zip.ts ZIP` unpacks it into an empty folder and asks the handler about one login.
const file = process.argv[2] ?? '.serverless/auth.zip';
await withFolder(async (folder) => {
  await unpackZip(readFileSync(file), folder);
  await withDemoDirectory(async (variables) => {
    const [answer] = await askPackagedHandler(folder, variables, [{ username: 'alice', password: 'wonderland' }]);
    process.stdout.write(`${file}: HTTP ${String(answer?.statusCode)} ${JSON.stringify(answer?.body)}\n`);
    process.exitCode = answer?.statusCode === 200 && answer.body['status'] === 0 ? 0 : 1;
  });
});
