import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { genehound, makeDataDirectory, startServer } from '../harness/server.ts';
import { findChromium, settled, signIn, visit } from './browser.ts';
import { furnish } from './furnish.ts';

/**
 * Pictures of the console's pages over a real server with real scans:
 * `node test/console/screenshots.ts [--to DIRECTORY] [--width 1280] [--scheme light|dark] [NAME…]`.
 */

const { values, positionals } = parseArgs({
  options: {
    to: { type: 'string', default: 'docs/pictures' },
    width: { type: 'string', default: '1280' },
    scheme: { type: 'string', default: 'light' },
  },
  allowPositionals: true,
});

async function picture(page: Page, url: string, path: string): Promise<void> {
  await page.goto(url);
  await settled(page);
  await page.screenshot({ path, fullPage: true });
  console.log(path);
}

const executablePath = await findChromium();
if (executablePath === undefined) throw new Error('There is no browser: apt-get install chromium');
const data = await makeDataDirectory();
const server = await startServer(data.path);
const browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
try {
  const reset = await genehound(data.path, ['server', 'reset-password', 'admin']);
  const pages = Object.entries(await furnish(server)).filter(
    ([name]) => positionals.length === 0 || positionals.includes(name),
  );
  await mkdir(values.to, { recursive: true });
  for (const width of values.width.split(',')) {
    for (const scheme of values.scheme.split(',')) {
      const { page } = await visit(browser, { width: Number(width), scheme: scheme === 'dark' ? 'dark' : 'light' });
      await signIn(page, server, /: (\S+)\s*$/.exec(reset.stdout)?.[1] ?? '');
      const many = values.width.includes(',') || values.scheme.includes(',');
      for (const [name, address] of pages) {
        const file = many ? `${name}-${width}-${scheme}.png` : `${name}.png`;
        await picture(page, server.url + address, join(values.to, file));
      }
      await page.context().close();
    }
  }
} finally {
  await browser.close();
  await server.stop();
  await data.remove();
}
