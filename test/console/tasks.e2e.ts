import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { consoleServer } from './console-server.ts';
import { furnish } from './furnish.ts';
import { INFECTED_PID } from './hostile-scan.ts';

/**
 * What an analyst asks at two in the morning, from the overview: each with at most three clicks. The test prints the
 * table of docs/console.md.
 */

const MOST_CLICKS = 3;

const house = consoleServer(furnish);

interface Walk {
  readonly page: Page;
  click(target: Locator): Promise<void>;
}

/** Runs one task from the freshly opened overview; prints how many clicks and seconds it took. */
async function task(context: TestContext, question: string, work: (walk: Walk) => Promise<void>): Promise<void> {
  const visitor = await house.at(context, '/');
  if (visitor === undefined) return;
  const { page, complaints } = visitor;
  await page.getByRole('region', { name: 'Needs a decision' }).getByText('Demo Trojan').first().waitFor();
  let clicks = 0;
  const begin = performance.now();
  await work({
    page,
    click: async (target) => {
      clicks += 1;
      await target.click();
    },
  });
  const seconds = (performance.now() - begin) / 1_000;
  context.diagnostic(`| ${question} | ${clicks} | ${seconds.toFixed(1)} |`);
  assert.ok(clicks <= MOST_CLICKS, `${question}: ${clicks} clicks`);
  assert.deepEqual(complaints(), []);
  await page.context().close();
}

const threat = (page: Page) =>
  page.getByRole('region', { name: 'Needs a decision' }).getByRole('listitem').filter({ hasText: 'Demo Trojan' });

describe('tasks of an analyst', () => {
  it('which endpoints are infected, and by what', async (context) => {
    await task(context, 'Which endpoints are infected, and by what?', async ({ page }) => {
      const text = (await threat(page).textContent()) ?? '';
      assert.match(text, /srv-db-07.*infected.*Demo Trojan/);
    });
  });

  it('in which process', async (context) => {
    await task(context, 'In which process, and how does it stand in the tree?', async ({ page, click }) => {
      await click(threat(page).getByRole('link', { name: /pid/ }));
      await page
        .getByRole('region', { name: 'Details of the process' })
        .getByRole('heading', { name: /sshd/ })
        .waitFor();
      await page.getByRole('row', { name: new RegExp(`pid ${INFECTED_PID}, holds malicious code`) }).waitFor();
    });
  });

  it('is this code elsewhere', async (context) => {
    await task(context, 'Is this code elsewhere?', async ({ page, click }) => {
      await click(threat(page).getByRole('link', { name: 'Why' }));
      await page.getByText('1 endpoint (1 of 3)').waitFor();
      await page.getByRole('table', { name: 'Sightings' }).getByRole('link', { name: 'srv-db-07' }).waitFor();
    });
  });

  it('why malicious, down to the instruction', async (context) => {
    await task(context, 'Why malicious, down to the instruction?', async ({ page, click }) => {
      await click(threat(page).getByRole('link', { name: 'Why' }));
      const functions = page.getByRole('region', { name: 'Code', exact: true }).getByRole('listitem');
      await click(functions.filter({ hasText: 'Demo Trojan' }).first().getByRole('button'));
      await page.getByRole('region', { name: 'Here and in Demo Trojan' }).getByText('the same as').first().waitFor();
    });
  });

  it('the rarest unknown code', async (context) => {
    await task(context, 'Which unknown code is the rarest?', async ({ page, click }) => {
      await click(page.getByRole('link', { name: /unknown code$/ }));
      await click(page.getByRole('table', { name: 'Unknown code' }).getByRole('link').first());
      await page.getByRole('heading', { level: 1, name: /Unknown code:/ }).waitFor();
    });
  });

  it('acquit a clean image', async (context) => {
    await task(context, 'Acquit a clean image', async ({ page, click }) => {
      await click(page.getByRole('link', { name: /no threats/ }));
      await click(page.getByRole('link', { name: 'Acquit… srv-web-01' }));
      await click(page.getByRole('button', { name: /^Trust \d/ }));
      await page.getByText('trusted from now on').waitFor();
    });
  });
});
