import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

import { REQUIREMENTS } from '../../support/servers/install.ts';

// Otherwise Chromium looks for updates and Google's hosts at every start.
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic', '--no-first-run'];

export async function launchBrowser(): Promise<Browser> {
  const [executablePath] = REQUIREMENTS.chromium.files;
  if (executablePath === undefined) throw new Error('chromium has no path');
  return chromium.launch({ executablePath, args: [...QUIET, '--disable-gpu'] });
}

/** `POST /auth` on the page: what is filled in, and the answer that is shown. */
export type LoginForm = { readonly body: Locator; readonly send: Locator; readonly answer: Locator };

export async function openPage(page: Page, url: string): Promise<LoginForm> {
  await page.goto(url);
  const login = page.locator('#operations-login-login');
  const body = login.getByRole('textbox');
  await body.waitFor(); // the button is there before what it would send
  return { body, send: login.getByRole('button', { name: 'Execute' }), answer: login.locator('.live-responses-table') };
}
