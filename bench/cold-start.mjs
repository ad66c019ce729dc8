// Cold import of what is deployed, beside an empty handler and beside bare middy + ldapts, bundled the same way: fresh
// processes, taking turns, the import alone is timed. `npm run bench:cold [-- runs]`
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';

import { Authority } from '../src/dev/certificates.ts';

const { bundle } = createRequire(import.meta.url)('../serverless/esbuild.cjs');

const ROOT = path.resolve(import.meta.dirname, '..');
const RUNS = Number(process.argv[2] ?? 25);
const SUBJECTS = {
  'empty handler': 'bench/floor/empty.ts',
  'bare middy + ldapts': 'bench/floor/middy-ldapts.ts',
  'the auth function': 'src/handlers/auth.ts',
};
const TIMED_IMPORT =
  'const start = performance.now(); await import(process.argv[1]); process.stdout.write(String(performance.now() - start));';

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];

const folder = mkdtempSync(path.join(tmpdir(), 'cold-start-'));
try {
  const env = {
    LDAP_URL: 'ldaps://directory.example.com',
    LDAP_TLS_CA: (await Authority.create('benchmark')).pem,
    LDAP_BIND_DN: 'cn=service,dc=example,dc=com',
    LDAP_BIND_PASSWORD: 'not a secret',
    LDAP_BASE_DN: 'dc=example,dc=com',
  };
  const rows = await Promise.all(
    Object.entries(SUBJECTS).map(async ([title, entry], index) => {
      const files = await bundle(ROOT, `subject${index}`, entry);
      for (const { name, content } of files) writeFileSync(path.join(folder, name), content);
      const script = files.find(({ name }) => name.endsWith('.mjs'));
      const sizes = { bytes: script.content.length, deflated: deflateRawSync(script.content, { level: 9 }).length };
      return { title, file: path.join(folder, script.name), ...sizes, times: [] };
    }),
  );
  for (let run = -1; run < RUNS; run += 1) {
    for (const { file, times } of rows) {
      const time = Number(execFileSync(process.execPath, ['--input-type=module', '-e', TIMED_IMPORT, file], { env, encoding: 'utf8' }));
      if (run >= 0) times.push(time); // the first round only warms the disk
    }
  }
  console.log(`Node ${process.version}, ${process.arch}, ${RUNS} fresh processes each`);
  for (const { title, bytes, deflated, times } of rows) {
    const [ms, least, most] = [median(times), Math.min(...times), Math.max(...times)].map((value) => value.toFixed(1));
    console.log(`${title.padEnd(20)} ${ms.padStart(6)} ms (${least} to ${most})   ${bytes} bytes, deflated ${deflated}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
