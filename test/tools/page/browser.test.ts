import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { type Browser, type BrowserContext, type Page } from 'playwright-core';

import { demoLogins } from '../../../tools/demo-directory/people.ts';
import { freePort } from '../../../tools/start/ports.ts';
import { describeWhere } from '../../contract/availability.ts';
import { launchBrowser, type LoginPage, openPage } from '../support/browser.ts';
import { end, LAST_LINE, npmStart, pageUrl, type Started } from '../support/npm-start.ts';

const LOOK = readFileSync(new URL('look.js', import.meta.url), 'utf8');

type Look = { readonly faint: readonly string[]; readonly sticksOut: readonly string[]; readonly written: number; readonly paper: number };

/** A directory of the user's own that nobody answers for. Only there the page has nobody to offer. */
const DOWN = { LDAP_URL: 'ldaps://127.0.0.1:1', LDAP_USER_DN_TEMPLATE: 'uid={username},dc=example,dc=org' };

const PASSWORD = 'typed by a person, told to nobody';

describeWhere('chromium', () => {
  let browser: Browser;
  let [demo, own]: Started[] = [];
  let context: BrowserContext;
  let page: Page;
  let asked: string[];
  let complaints: string[];

  const urlOf = (started: Started | undefined): string => (started === undefined ? '' : pageUrl(started));

  beforeAll(async () => {
    browser = await launchBrowser();
    demo = await npmStart({ PORT: String(await freePort()) }, LAST_LINE, ['--json', '--env', '/no/such/folder/.env']);
    own = await npmStart({ PORT: String(await freePort()), ...DOWN }, /^curl /, ['--json', '--env', '/no/such/folder/.env']);
  });

  afterAll(async () => {
    await browser.close();
    for (const started of [demo, own]) if (started !== undefined) await end(started.child, 'SIGINT');
  });

  const arrive = async (options: Parameters<Browser['newContext']>[0]): Promise<void> => {
    [asked, complaints] = [[], []];
    context = await browser.newContext(options);
    context.on('request', (sent) => asked.push(sent.url()));
    context.on('weberror', (fault) => complaints.push(fault.error().message));
    context.on('console', (message) => {
      // Chromium itself complains of every answer that is a 4xx or 5xx.
      if (!/^Failed to load resource: .* status of (401|503)/.test(message.text())) complaints.push(message.text());
    });
    page = await context.newPage();
  };

  afterEach(async () => {
    await context.close();
  });

  /** What has the focus, by what a screen reader calls it. */
  const focused = async (): Promise<string> =>
    String(await page.evaluate('(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()'));

  const hasOutline = async (): Promise<boolean> =>
    page.evaluate<boolean>('getComputedStyle(document.activeElement).outlineStyle === "solid"');

  const look = async (): Promise<Look> => page.evaluate<Look>(LOOK);

  describe.each([320, 1280])('at %i pixels', (width) => {
    describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
      beforeEach(async () => {
        await arrive({ viewport: { width, height: 640 }, colorScheme });
      });

      const expectWellMade = async (): Promise<void> => {
        const { faint, sticksOut, written, paper } = await look();
        expect({ faint, sticksOut }).toEqual({ faint: [], sticksOut: [] });
        expect(written).toBeGreaterThan(15);
        expect(paper > 0.5).toBe(colorScheme === 'light');
      };

      test('valid, invalid and unknown are seen at once, fit into the page and can be read', async () => {
        const { person, username, password, verdict } = await openPage(page, urlOf(demo));
        await expectWellMade();
        await person('alice').click();
        await verdict.getByText('Valid: alice').waitFor();
        expect(await verdict.getAttribute('class')).toBe('valid');
        await expectWellMade();
        await username.fill('x'.repeat(256));
        await password.fill('wrong');
        await password.press('Enter');
        await verdict.getByText(`Invalid: ${'x'.repeat(256)}`).waitFor();
        expect(await verdict.getAttribute('class')).toBe('invalid');
        await expectWellMade();
        const other = await openPage(page, urlOf(own));
        await expectWellMade();
        await other.username.fill('alice');
        await other.password.fill(PASSWORD);
        await other.check.click();
        await other.verdict.getByText('Unknown: alice').waitFor();
        expect(await other.verdict.getAttribute('class')).toBe('unknown');
        await expectWellMade();
        expect(complaints).toEqual([]);
      });

      test('the verdict is in sight when it is told', async () => {
        const { person, verdict } = await openPage(page, urlOf(demo));
        await person('nobody').click();
        await verdict.getByText('Invalid: nobody').waitFor();
        const box = await verdict.boundingBox();
        expect(box).not.toBeNull();
        expect(box?.y).toBeGreaterThanOrEqual(-1);
        expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(641);
      });

      test('the keyboard goes through it in the order of reading, and one sees where it is', async () => {
        await openPage(page, urlOf(demo));
        const people = demoLogins.map(({ username }) => username);
        const order = [
          ...['User name', 'Password', 'Show the password, here and in the command', 'Check'],
          ...[...people, 'alice, wrong password', 'nobody', 'Copy the command', 'openapi.json'],
        ];
        const found: string[] = [];
        for (const _ of order) {
          await page.keyboard.press('Tab');
          found.push(await focused());
          expect([found.at(-1), await hasOutline()]).toEqual([found.at(-1), true]);
        }
        expect(found).toEqual(order);
      });
    });
  });

  describe('the page', () => {
    let form: LoginPage;

    beforeEach(async () => {
      await arrive({ permissions: ['clipboard-read', 'clipboard-write'] });
      form = await openPage(page, urlOf(demo));
    });

    test.each(demoLogins)('asks about $username with one click, and shows the answer and the command', async ({ username, password }) => {
      await form.person(username).click();
      await form.verdict.getByText(`Valid: ${username}`, { exact: true }).waitFor();
      expect(JSON.parse(await form.answer.innerText())).toMatchObject({ status: 0, user: { username } });
      const body = JSON.stringify({ username, password }).replaceAll("'", String.raw`'\''`);
      expect(await form.command.textContent()).toBe(
        `curl -sS ${urlOf(demo)}/auth -H 'x-api-key: demo-key-for-localhost-only' -H 'content-type: application/json' -d '${body}'`,
      );
    });

    test('takes a verdict back when something else is typed', async () => {
      await form.person('alice, wrong password').click();
      await form.verdict.getByText('wrong-password, HTTP 401').waitFor();
      await form.password.fill('wonderland');
      expect(await form.verdict.innerText()).toBe('Not asked yet');
      expect(await form.answer.innerText()).toBe('none yet');
    });

    test('copies the command', async () => {
      await form.person('alice').click();
      await form.copy.click();
      await page.getByText('Copied', { exact: true }).waitFor();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(await form.command.textContent());
    });

    test('tells what is wrong with a request that the service refused', async () => {
      await form.username.fill('\u{fffd}');
      await form.password.fill('x');
      await form.check.click();
      await form.verdict.getByText('malformed-request, HTTP 400').waitFor();
      expect(await form.verdict.innerText()).toMatch(/^Unknown: \ufffd\n[^]*The directory was not asked\. username: /);
    });

    test('says unknown when nobody answers any more', async () => {
      await context.setOffline(true);
      await form.person('alice').click();
      await form.verdict.getByText('Unknown: alice').waitFor();
      expect(await form.verdict.innerText()).toContain('Does npm start still run?');
    });

    test('asks this machine alone, and its own policy forbids nothing that it wants', async () => {
      await form.person('alice').click();
      await form.verdict.getByText('Valid: alice').waitFor();
      expect([...new Set(asked.map((one) => new URL(one).origin))]).toEqual([urlOf(demo)]);
      expect(complaints).toEqual([]);
      const { headers } = await fetch(urlOf(demo));
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; " +
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      );
    });
  });

  test('a password is in no address, no store, no line of the service; it is on the screen only for who wants that', async () => {
    await arrive({});
    const form = await openPage(page, urlOf(own));
    await form.username.fill('alice');
    await form.password.fill(PASSWORD);
    await form.password.press('Enter');
    await form.verdict.getByText('Unknown: alice').waitFor();
    expect(await form.password.getAttribute('type')).toBe('password');
    expect(await page.locator('body').innerText()).not.toContain(PASSWORD);
    await form.shown.check();
    expect(await form.password.getAttribute('type')).toBe('text');
    expect(await form.command.textContent()).toContain(PASSWORD);
    expect(asked.filter((one) => decodeURIComponent(one.replaceAll('+', ' ')).includes(PASSWORD))).toEqual([]);
    expect(new URL(page.url()).search).toBe('');
    expect(await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]')).toEqual([0, 0, '']);
    await page.reload();
    await page.getByText('directory is asked.').waitFor();
    expect([await form.username.inputValue(), await form.password.inputValue()]).toEqual(['', '']);
    const lines = [...(own?.lines ?? []), ...(own?.complaints ?? [])].join('\n');
    expect(lines).toContain('"reason":"directory-unreachable"');
    expect(lines).not.toContain(PASSWORD);
  });

  test('without its script the form sends nothing, and not into the address', async () => {
    await arrive({ javaScriptEnabled: false });
    await page.goto(urlOf(own));
    await page.getByLabel('User name').fill('alice');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    const refused = page.waitForEvent('console', (message) => message.text().includes('form-action'));
    await page.keyboard.press('Enter');
    await refused;
    expect(await page.getByText('This page needs JavaScript').isVisible()).toBe(true);
    expect(page.url()).toBe(`${urlOf(own)}/`);
    expect(asked.filter((one) => one.includes('?'))).toEqual([]);
  });
});
