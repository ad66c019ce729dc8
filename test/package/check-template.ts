import { findings } from './packaged.ts';

// For .ci/run: `node test/package/check-template.ts TEMPLATE` fails if AWS's rules find an error or a warning in it.
const file = process.argv[2] ?? '.serverless/cloudformation-template-update-stack.json';
const found = findings(file);
process.stdout.write(`${file}: ${String(found.length)} errors or warnings\n${found.map((finding) => `  ${finding}\n`).join('')}`);
process.exitCode = found.length === 0 ? 0 : 1;
