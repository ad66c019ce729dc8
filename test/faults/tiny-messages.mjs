// A client of plain ldapts, alone in its process: binds, and says how that ended. Run by plain-ldapts.test.ts.
import { Client } from 'ldapts';

const [url, dn, password] = process.argv.slice(2);
const client = new Client({ url, timeout: 5000 });
await client.bind(dn, password).then(
  () => console.log('bound'),
  (error) => console.log(`rejected: ${error.constructor.name}`),
);
process.exit(0);
