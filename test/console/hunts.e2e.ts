import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { scannerPath } from '../harness/scanner.ts';
import { assertAccessible } from './accessibility.ts';
import { consoleServer } from './console-server.ts';
import { deliverSmallScan } from './small-scan.ts';

/** A hunt from its definition to its end, by hands on a keyboard. */

describe('hunts in the console', () => {
  const house = consoleServer(() => scannerPath());

  it('defines a hunt, watches who comes, downloads a kit, begins a round, and closes it', async (context) => {
    const visitor = await house.at(context, '/hunts');
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    const { server } = house;
    await page.getByText('No hunt yet.').waitFor();
    await assertAccessible(page, 'the empty list of hunts');
    await page.getByRole('link', { name: 'New hunt' }).press('Enter');
    await page.getByLabel('Name').fill('Q4 <i>servers</i>');
    await page.getByLabel('Targets').fill('alpha, web\nbeta\ngamma # never there');
    await assertAccessible(page, 'the form of a new hunt');
    await page.getByRole('button', { name: 'Create the hunt' }).press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Q4 <i>servers</i>' }).waitFor();
    await page.getByText('waiting for your deployment tool').waitFor();
    await page.getByText('0.0 % of the targets have reported').waitFor();

    const { items } = await server.client.call('listHunts', {});
    const key = await server.client.call('createKey', {
      body: { name: 'by hand', permission: 'scan', huntId: items[0]?.id ?? '' },
    });
    for (const host of ['alpha', 'stranger']) await deliverSmallScan(server, key.secret, host);
    // Nobody touches the page: it looks by itself.
    await page.getByText('33.3 % of the targets have reported').waitFor();
    await page.getByRole('row').filter({ hasText: 'stranger' }).filter({ hasText: 'unexpected' }).waitFor();
    await assertAccessible(page, 'the coverage of a hunt');
    await page.getByLabel(/^expected/).check();
    await page.getByRole('row').filter({ hasText: 'stranger' }).waitFor({ state: 'detached' });
    assert.equal(await page.getByRole('table', { name: 'Targets' }).getByRole('row').count(), 3);
    assert.match(page.url(), /state=expected/);

    await page.getByLabel('Tool').selectOption({ label: 'Ansible' });
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download the kit' }).press('Enter'),
    ]);
    assert.equal(download.suggestedFilename(), 'genehound-kit-ansible.zip');
    const kit = await readFile(await download.path());
    assert.equal(kit.subarray(0, 2).toString(), 'PK');
    assert.ok(kit.includes('genehound-kit/genehound.yml'));

    await page.getByRole('button', { name: 'Begin a new round' }).press('Enter');
    await page.getByText('2, waiting for your deployment tool').first().waitFor();
    await page.getByLabel('Round').selectOption('1');
    await page.getByLabel(/^missing/).check();
    await page.getByRole('row').filter({ hasText: 'gamma' }).waitFor();
    await page.getByRole('button', { name: 'Close the hunt' }).press('Enter');
    await page.getByRole('button', { name: 'Yes, close it' }).press('Enter');
    await page.getByText('Round: closed').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Download the kit' }).count(), 0);
    assert.deepEqual(complaints(), []);
    await page.context().close();
  });

  it('takes a schedule, says what the server refuses, and reads well in the dark', async (context) => {
    const visitor = await house.at(context, '/hunts/new', { scheme: 'dark' });
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    const { server } = house;
    await page.getByLabel('Name').fill('weekly');
    await page.getByLabel('in rounds by the clock').check();
    await page.getByLabel('Time zone').fill('Mars/Olympus');
    await assertAccessible(page, 'the form with a schedule');
    await page.getByRole('button', { name: 'Create the hunt' }).press('Enter');
    await page.getByText('the schedule cannot be used').waitFor();
    await page.getByLabel('Time zone').fill('Europe/Berlin');
    await page.getByRole('button', { name: 'Create the hunt' }).press('Enter');
    await page.getByText('0 20 * * MON').waitFor();
    await assertAccessible(page, 'a hunt whose first round is to come');
    await page.goto(`${server.url}/hunts`);
    await page.getByRole('link', { name: 'weekly' }).waitFor();
    await assertAccessible(page, 'the list of hunts');
    assert.deepEqual(complaints(), []);
    await page.context().close();
  });
});
