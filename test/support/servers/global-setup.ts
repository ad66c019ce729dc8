import { ensureInstalled } from './install.ts';

/** Jest's globalSetup: once, before any worker. Jest demands a default export. */
export default async function globalSetup(): Promise<void> {
  await ensureInstalled((line) => {
    process.stdout.write(`${line}\n`);
  });
}
