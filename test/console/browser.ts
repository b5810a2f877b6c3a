import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { HARNESS } from '../harness/config.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const MISSING = 'The console is tested in a real browser, which is not installed: apt-get install chromium';

export async function findChromium(): Promise<string | undefined> {
  for (const name of NAMES) {
    for (const folder of HARNESS.path.split(delimiter)) {
      const path = join(folder, name);
      const there = await access(path).then(
        () => true,
        () => false,
      );
      if (there) return path;
    }
  }
  return undefined;
}

/** The browser, or undefined after the test was skipped for the lack of one; in CI that is a failure. */
export async function openBrowser(context: TestContext): Promise<Browser | undefined> {
  const executablePath = await findChromium();
  if (executablePath !== undefined) {
    // Chromium refuses its own sandbox to root; the pages here are ours.
    return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
  }
  if (HARNESS.ci) throw new Error(MISSING);
  context.skip(MISSING);
  return undefined;
}

export interface Watched {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the browser complained of: violations of the policy, errors of scripts and of the page. */
  complaints(): readonly string[];
}

export interface View {
  readonly scheme?: 'light' | 'dark';
  readonly width?: number;
}

/** A fresh visitor: own cookies, own storage. Refused requests are the tests' own doing and no complaint. */
export async function visit(browser: Browser, view: View = {}): Promise<Watched> {
  const context = await browser.newContext({
    colorScheme: view.scheme ?? 'light',
    viewport: { width: view.width ?? 1400, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) complaints.push(text);
  });
  return { context, page, complaints: () => complaints };
}

/** Signs in at an address of the console, which is then open. */
export async function signIn(
  page: Page,
  server: { readonly url: string },
  password: string,
  address = '/',
): Promise<void> {
  await page.goto(server.url + address);
  await page.getByLabel('Password').first().fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

/** The page with what it had to load. Not the network's silence: the console listens to events all the time. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.getByText('Loading…').first().waitFor({ state: 'detached' });
}
