import path from 'node:path';

import { launchBrowser, openPage } from '../support/browser.ts';
import { end, LAST_LINE, npmStart, pageUrl } from '../support/npm-start.ts';

// The picture in the README, taken anew: node test/tools/page/take-screenshot.ts

const FILE = path.resolve(import.meta.dirname, '../../../docs/try-it.png');

const started = await npmStart({ PORT: '3000' }, LAST_LINE);
const browser = await launchBrowser();
try {
  const page = await browser.newPage({ viewport: { width: 1000, height: 796 }, colorScheme: 'light' });
  const { person, verdict } = await openPage(page, pageUrl(started));
  await person('alice').click();
  await verdict.getByText('Valid: alice').waitFor();
  // Where no Chinese font is installed, Chromium draws boxes in place of this name.
  await page.evaluate("[...document.querySelectorAll('#people button')].find((button) => button.textContent === '张伟').remove()");
  await page.screenshot({ path: FILE });
} finally {
  await browser.close();
  await end(started.child, 'SIGINT');
}
