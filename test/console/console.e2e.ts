import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { labelMalware } from '../harness/server.ts';
import { until } from '../harness/until.ts';
import { accessibilityFaults, sidewaysScroll } from './accessibility.ts';
import { settled, type View, type Watched } from './browser.ts';
import { consoleServer } from './console-server.ts';
import { deliverHostileScan, HOSTILE, INFECTED_PID, PROGRAM } from './hostile-scan.ts';

const FAMILY = 'Console <b>Test</b> Family';
/** Kilobytes of compressed JavaScript on the first page. */
const FIRST_LOAD = 250;

const house = consoleServer((server) => labelMalware(server, FAMILY, PROGRAM));
let scanId = '';

/** A signed-in visitor at the report, or undefined where there is no browser. */
async function atReport(context: TestContext, search = '', view: View = {}): Promise<Watched | undefined> {
  assert.notEqual(scanId, '', 'the first test has to deliver a scan');
  return await house.at(context, `/scans/${scanId}${search}`, view);
}

describe('the console over the real server', () => {
  it('leads from sign-in over the first scan’s commands to the list, by keyboard', async (context) => {
    const { server } = house;
    const visitor = await house.visitor(context);
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    const scripts: Promise<Buffer>[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('.js')) scripts.push(response.body());
    });
    const answer = await page.goto(server.url);
    assertPolicy(answer?.headers()['content-security-policy'] ?? '');
    await page.getByLabel('Password').first().fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('The name or the password is wrong').waitFor();
    await page.getByLabel('Password').first().fill(house.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'No scan yet' }).waitFor();
    const weight = (await Promise.all(scripts)).reduce((sum, body) => sum + gzipSync(body).length, 0);
    assert.ok(weight > 10_000 && weight < FIRST_LOAD * 1000, `${weight} bytes of compressed JavaScript`);

    await page.getByRole('button', { name: 'Make a key for one day' }).press('Enter');
    await page.getByText('The key is in the commands now').waitFor();
    const command = page.getByText(`-u ${server.url}`).first();
    const key = z.string().parse(/-k ([0-9a-f-]{36})/.exec((await command.textContent()) ?? '')?.[1]);
    // The key that the page gave is the one that delivers; the list then changes by itself.
    scanId = await deliverHostileScan(server, key);
    const threat = page
      .getByRole('region', { name: 'Needs a decision' })
      .getByRole('listitem')
      .filter({ hasText: 'infected' });
    await threat.waitFor({ timeout: 90_000 });
    assert.match((await threat.textContent()) ?? '', /Console <b>Test<\/b> Family/);
    await threat.getByRole('link').nth(1).press('Enter');
    await page.getByRole('heading', { level: 1, name: /srv-/ }).waitFor();
    await page.getByText('infected', { exact: true }).first().waitFor();
    assert.deepEqual(complaints(), []);
    await page.context().close();
  });

  it('shows what, why, where and what could not be read', async (context) => {
    const visitor = await atReport(context);
    if (visitor === undefined) return;
    const head = visitor.page.getByRole('region', { name: 'Verdict' });
    const text = (await head.textContent()) ?? '';
    assert.match(text, /sshd/);
    assert.match(text, new RegExp(`pid ${INFECTED_PID}`));
    assert.match(text, /no file behind it/);
    assert.match(text, /implanted-code/);
    assert.match(text, /could not be read: no privileges \(1\)/);
    await visitor.page.getByRole('tab', { name: 'Coverage' }).click();
    await visitor.page.getByText('Not read, because: no privileges').waitFor();
    await visitor.page.getByText('permission denied').waitFor();
    await visitor.page.getByRole('tab', { name: /^JIT regions/ }).click();
    await visitor.page.getByText('V8 <b>').waitFor();
    await visitor.page.getByRole('tab', { name: /^Findings/ }).click();
    await visitor.page.getByText('Executable code lies in memory with no file behind it').waitFor();
    assert.deepEqual(visitor.complaints(), []);
    await visitor.context.close();
  });

  it('has a process tree that the keyboard alone operates, its choice in the address', async (context) => {
    const visitor = await atReport(context);
    if (visitor === undefined) return;
    const { page } = visitor;
    const row = (name: string) => page.getByRole('row', { name: new RegExp(name) });
    await row(`sshd, pid ${INFECTED_PID}, holds malicious code`).waitFor();
    await row('systemd, pid 1, malicious code below').waitFor();
    await row('systemd, pid 1').focus();
    await page.keyboard.press('ArrowLeft');
    await row(`pid ${INFECTED_PID},`).waitFor({ state: 'detached' });
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const details = page.getByRole('region', { name: 'Details of the process' });
    await details.getByRole('heading', { name: /sshd/ }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('process'), String(INFECTED_PID));
    await details.getByText('Code here that is not trusted').waitFor();
    // Kernel threads are there but folded away.
    assert.equal(await row('pid 3$').count(), 0);

    const again = await visitor.context.newPage();
    await again.goto(page.url());
    await again
      .getByRole('region', { name: 'Details of the process' })
      .getByRole('heading', { name: /sshd/ })
      .waitFor();
    assert.deepEqual(visitor.complaints(), []);
    await visitor.context.close();
  });

  it('opens an artifact by its address and shows its genes as a bar and a table', async (context) => {
    const visitor = await atReport(context, '?tab=artifacts&verdict=malicious');
    if (visitor === undefined) return;
    const { page } = visitor;
    await page
      .getByRole('list', { name: 'Artifacts that are not trusted' })
      .getByRole('button', { name: /malicious/ })
      .first()
      .press('Enter');
    const bar = page.getByRole('img', { name: /^Shares of genes/ });
    assert.match((await bar.getAttribute('aria-label')) ?? '', /malicious families/);
    await page.getByRole('table', { name: 'Shares of genes' }).getByRole('cell', { name: FAMILY }).waitFor();
    // The hash is shortened for the eye; what is selected and copied is whole.
    const hash = page.getByRole('definition').getByText(/^[0-9a-f]{64}$/);
    await hash.selectText();
    assert.match(z.string().parse(await page.evaluate('getSelection().toString()')), /^[0-9a-f]{64}$/);
    const again = await visitor.context.newPage();
    await again.goto(page.url());
    await again.getByRole('img', { name: /^Shares of genes/ }).waitFor();
    assert.deepEqual(visitor.complaints(), []);
    await visitor.context.close();
  });

  it('shows hostile strings as what they are and nothing of them as markup', async (context) => {
    const visitor = await atReport(context, '?process=5000');
    if (visitor === undefined) return;
    const { page } = visitor;
    const details = page.getByRole('region', { name: 'Details of the process' });
    await details.getByText('‹U+202E›').first().waitFor();
    await details.getByRole('button', { name: /more characters$/ }).click();
    const text = z.string().parse(await page.evaluate('document.body.innerText'));
    assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069\u200b]/);
    assert.ok(text.length < 60_000, 'a quarter of a megabyte of command line is not laid out');
    assert.match(text, /<script>alert\(3\)<\/script>‹U\+001B›\[31m‹U\+200B›/);
    assert.match(text, /srv-<img src=x onerror=alert\(1\)>-‹U\+202E›txt/);
    assert.equal(await page.locator('img[src="x"], main b, main i, main u, body script').count(), 0);
    // Copying still gives what the endpoint sent.
    await visitor.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: house.server.url });
    await details.getByRole('button', { name: 'Copy Path' }).click();
    assert.equal(await page.evaluate('navigator.clipboard.readText()'), HOSTILE.path);
    assert.deepEqual(visitor.complaints(), []);
    await visitor.context.close();
  });

  for (const scheme of ['light', 'dark'] as const) {
    it(`has nothing that axe finds wrong, and no sideways scrolling at 360 px: ${scheme}`, async (context) => {
      const visitor = await atReport(context, '', { scheme });
      if (visitor === undefined) return;
      const { page } = visitor;
      for (const path of pagesOf(scanId)) {
        await page.setViewportSize({ width: 1400, height: 900 });
        await page.goto(house.server.url + path);
        await settled(page);
        assert.deepEqual(await accessibilityFaults(page), [], `${path} ${scheme}`);
        await page.setViewportSize({ width: 360, height: 740 });
        assert.equal(await sidewaysScroll(page), 0, `${path} at 360 px`);
        assert.deepEqual(await accessibilityFaults(page), [], `${path} ${scheme} at 360 px`);
      }
      assert.deepEqual(visitor.complaints(), []);
      await visitor.context.close();
    });
  }

  it('keeps what is shown while the server is away, and the place when the session is over', async (context) => {
    const visitor = await atReport(context, '?tab=coverage');
    if (visitor === undefined) return;
    const { page } = visitor;
    const place = page.url();
    await page.getByText('Not read, because: no privileges').waitFor();
    await visitor.context.route('**/api/v1/**', (route) => route.abort());
    await lookAgain(page);
    await page.getByText('Shown as last loaded').first().waitFor({ timeout: 60_000 });
    await page.getByText('Not read, because: no privileges').waitFor();
    await visitor.context.unroute('**/api/v1/**');
    await lookAgain(page);
    await page.getByText('Shown as last loaded').first().waitFor({ state: 'detached', timeout: 60_000 });

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto(place);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByLabel('Password').first().fill(house.password);
    await page.keyboard.press('Enter');
    await page.getByText('Not read, because: no privileges').waitFor();
    assert.equal(page.url(), place);
    assert.deepEqual(visitor.complaints(), []);
    await visitor.context.close();
  });

  it('says that there is nothing at an unknown address', async (context) => {
    const visitor = await atReport(context);
    if (visitor === undefined) return;
    const { page } = visitor;
    await page.goto(`${house.server.url}/scans/018f0000-0000-7000-8000-000000000000`);
    await page.getByText('There is nothing at this address').waitFor();
    await page.getByRole('link', { name: 'To the list of scans' }).press('Enter');
    await until('The list', 20, async () => ((await page.getByRole('table').count()) > 0 ? true : undefined));
    await page.goto(`${house.server.url}/nowhere`);
    await page.getByRole('heading', { name: 'No such page' }).waitFor();
    assert.deepEqual(visitor.complaints(), []);
    await visitor.context.close();
  });
});

/** As when the reader comes back to this window: the console then asks the server without waiting for its turn. */
async function lookAgain(page: Page): Promise<void> {
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))");
}

function pagesOf(id: string): readonly string[] {
  const tabs = ['processes&process=5000', 'artifacts', 'findings', 'jit', 'coverage'];
  return [
    '/',
    '/scans',
    '/genome',
    '/unknown',
    '/baseline',
    `/scans/${id}/acquit`,
    ...tabs.map((tab) => `/scans/${id}?tab=${tab}`),
  ];
}

/** Scripts and styles from the server's own files alone: nothing inline, nothing evaluated, no exception by nonce. */
function assertPolicy(policy: string): void {
  const directives = new Map(policy.split(';').map((one) => [one.trim().split(/\s+/)[0] ?? '', one.trim()]));
  assert.equal(directives.get('default-src'), "default-src 'none'");
  assert.equal(directives.get('script-src'), "script-src 'self'");
  assert.equal(directives.get('style-src'), "style-src 'self'");
  assert.equal(directives.get('frame-ancestors'), "frame-ancestors 'none'");
  assert.equal(directives.get('require-trusted-types-for'), "require-trusted-types-for 'script'");
  assert.doesNotMatch(policy, /unsafe|nonce|sha256|\*|https?:|data:/);
}
