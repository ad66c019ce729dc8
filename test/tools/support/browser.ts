import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

import { REQUIREMENTS } from '../../support/servers/install.ts';

// Otherwise Chromium looks for updates and Google's hosts at every start.
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic', '--no-first-run'];

export async function launchBrowser(): Promise<Browser> {
  const [executablePath] = REQUIREMENTS.chromium.files;
  if (executablePath === undefined) throw new Error('chromium has no path');
  return chromium.launch({ executablePath, args: [...QUIET, '--disable-gpu'] });
}

/** The page by its accessible names: what a person types into, and where the verdict is told. */
export type LoginPage = {
  readonly username: Locator;
  readonly password: Locator;
  readonly shown: Locator;
  readonly check: Locator;
  readonly person: (name: string) => Locator;
  readonly verdict: Locator;
  readonly answer: Locator;
  readonly command: Locator;
  readonly copy: Locator;
};

export async function openPage(page: Page, url: string): Promise<LoginPage> {
  await page.goto(url);
  await page.getByText('directory is asked.').waitFor(); // the script has run
  return {
    username: page.getByRole('textbox', { name: 'User name' }),
    password: page.getByLabel('Password', { exact: true }),
    shown: page.getByRole('checkbox', { name: 'Show the password, here and in the command' }),
    check: page.getByRole('button', { name: 'Check', exact: true }),
    person: (name) => page.getByRole('group', { name: 'Check one of the demo people' }).getByRole('button', { name, exact: true }),
    verdict: page.getByRole('status').first(),
    answer: page.locator('#answer'),
    command: page.locator('#command'),
    copy: page.getByRole('button', { name: 'Copy the command' }),
  };
}
