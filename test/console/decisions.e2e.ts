import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { until } from '../harness/until.ts';
import { assertAccessible } from './accessibility.ts';
import { consoleServer } from './console-server.ts';
import { deliverSmallScan } from './small-scan.ts';

/** The three steps of a hunt as an analyst does them: acquit a clean image, look at what is unknown, convict. */

const house = consoleServer();

async function becomes(id: string, counts: { readonly trusted: number; readonly unknown: number }): Promise<void> {
  await until(`Scan ${id} with ${JSON.stringify(counts)}`, 60, async () => {
    const { artifacts } = await house.server.client.call('getScan', { params: { id } });
    return artifacts?.trusted === counts.trusted && artifacts.unknown === counts.unknown ? true : undefined;
  });
}

describe('decisions in the console', () => {
  it('acquits an endpoint from its report, and undoes it in the baseline', async (context) => {
    const { server } = house;
    const [clean, twin] = [
      await deliverSmallScan(server, server.key, 'clean-image'),
      await deliverSmallScan(server, server.key, 'twin'),
    ];
    await Promise.all([clean, twin].map((id) => becomes(id, { trusted: 0, unknown: 1 })));
    const visitor = await house.at(context, `/scans/${clean}`);
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    await page.getByRole('link', { name: 'Acquit endpoint…' }).press('Enter');
    await page.getByRole('heading', { level: 1, name: /Acquit endpoint: clean-image/ }).waitFor();
    await page.getByText('Show its modules').click();
    await page.getByText('<b>tool</b>').first().waitFor();
    await assertAccessible(page, 'the acquittal');
    await page.getByLabel('Reason').fill('golden image of the house');
    await page.getByRole('button', { name: 'Trust 1 module' }).press('Enter');
    await page.getByText('1 module is trusted from now on').waitFor();
    await Promise.all([clean, twin].map((id) => becomes(id, { trusted: 1, unknown: 0 })));

    await page.getByRole('link', { name: 'See and undo it in Baseline' }).press('Enter');
    await page.getByText('golden image of the house').waitFor();
    await assertAccessible(page, 'the baseline');
    await page.getByRole('button', { name: /^Undo/ }).press('Enter');
    await page.getByText('undone').waitFor();
    await Promise.all([clean, twin].map((id) => becomes(id, { trusted: 0, unknown: 1 })));
    assert.deepEqual(complaints(), []);
    await page.context().close();
  });

  it('shows unknown code over the fleet, rarest first, and convicts it', async (context) => {
    const { server } = house;
    const visitor = await house.at(context, '/unknown', { scheme: 'dark' });
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    const row = page.getByRole('row').filter({ hasText: 'house-tool' });
    await until('The cluster', 60, async () => {
      await page.reload();
      await page.getByRole('heading', { level: 1 }).waitFor();
      return (await row.count()) > 0 ? true : undefined;
    });
    assert.match((await row.textContent()) ?? '', /2 of 2/);
    await assertAccessible(page, 'the list of unknown code');
    await page.getByLabel('Path or family contains').fill('no such thing');
    await page.getByText('No cluster fits.').waitFor();
    await page.getByLabel('Path or family contains').fill('house');
    await page.getByLabel('Keep this search as').fill('of the house <b>');
    await page.getByRole('button', { name: 'Keep it' }).press('Enter');
    const kept = page.getByRole('table', { name: 'Searches that go on' }).getByRole('row').filter({ hasText: '<b>' });
    await kept.getByText('path or family contains “house”').waitFor();
    await page.getByLabel('Path or family contains').fill('');
    await page.getByLabel('At most on so many endpoints').fill('1');
    await page.getByText('No cluster fits.').waitFor();
    await kept.getByRole('link').press('Enter');
    await row.waitFor();
    assert.match(page.url(), /\?q=house$/);
    await row.getByRole('checkbox', { name: 'Select house-tool' }).check();
    await page.getByRole('region', { name: 'Decide' }).getByText('the genes of 1 member').waitFor();
    await assertAccessible(page, 'unknown code with a selection and a kept search');
    await page.getByRole('button', { name: /^Remove the search/ }).press('Enter');
    await page.getByText('No search is kept.').waitFor();
    await row.getByRole('link').press('Enter');
    await page.getByRole('heading', { level: 1, name: /Unknown code: house-tool/ }).waitFor();
    await page.getByRole('link', { name: 'twin' }).waitFor();
    await assertAccessible(page, 'a cluster');
    await page.getByLabel('Whose code it is').fill('House Thief');
    await page.getByRole('button', { name: 'Convict' }).press('Enter');
    await page.getByText('1 artifact is decided').waitFor();
    await until('The verdict', 60, async () => {
      const { items } = await server.client.call('listScans', { query: {} });
      return items.every(({ verdict }) => verdict === 'malicious') ? true : undefined;
    });
    await page.goto(`${server.url}/scans`);
    await page.getByRole('row').filter({ hasText: 'House Thief' }).first().waitFor();
    assert.deepEqual(complaints(), []);
    await page.context().close();
  });

  it('shows why, down to the instruction, and what starts by itself', async (context) => {
    const { server } = house;
    const { items } = await server.client.call('listScans', { query: {} });
    const visitor = await house.at(context, `/scans/${items[0]?.id}?tab=artifacts`);
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    await page.getByRole('button', { name: /house-tool/ }).press('Enter');
    await page.getByRole('link', { name: 'Its code, function by function' }).press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Artifact' }).waitFor();
    const functions = page.getByRole('region', { name: 'Code', exact: true }).getByRole('listitem');
    await functions.first().waitFor();
    await assertAccessible(page, 'an artifact');
    await functions.filter({ hasText: 'House Thief' }).first().getByRole('button').press('Enter');
    const code = page.getByRole('region', { name: 'Here and in House Thief' });
    await code.getByText('the same as').first().waitFor();
    const first = await code
      .getByRole('row')
      .filter({ hasText: 'the same as' })
      .first()
      .getByRole('cell')
      .allTextContents();
    assert.equal(first[3], first[0], 'the sample is the very file: the same address');
    assert.equal(first[4], first[1], 'and the same instruction');
    await assertAccessible(page, 'code beside code');
    assert.match(page.url(), /function=\d+/);
    await page.reload();
    await code.getByRole('row').nth(1).waitFor();
    await page.getByRole('button', { name: 'Show the strings' }).press('Enter');
    await page.getByRole('table', { name: 'Strings' }).getByRole('row').nth(1).waitFor();
    await assertAccessible(page, 'strings');
    await page.goto(`${server.url}/files/${new URL(page.url()).pathname.split('/')[2]}`);
    await page.getByRole('heading', { level: 1, name: 'Artifact' }).waitFor();
    await page.goto(`${server.url}/scans/${items[0]?.id}?tab=persistence`);
    await page.getByText('The scanner did not tell; that is not "none".').first().waitFor();
    await assertAccessible(page, 'what starts by itself');
    assert.deepEqual(complaints(), []);
    await page.context().close();
  });

  it('keeps the work on an endpoint as a case, and what is known of a family, and makes a rule of its code', async (context) => {
    const { server } = house;
    const { items } = await server.client.call('listScans', { query: {} });
    const visitor = await house.at(context, `/scans/${items[0]?.id}`);
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    // The accusation has opened it.
    await page.getByRole('link', { name: 'Case', exact: true }).press('Enter');
    await page.getByRole('heading', { level: 1, name: /^Case: / }).waitFor();
    await page.getByRole('button', { name: 'Assign to me' }).press('Enter');
    await page.getByLabel('Comment').fill('Seen at <b>noon</b>.\nIsolated.');
    await page.getByLabel('State').selectOption('contained');
    await page.getByRole('button', { name: 'Save', exact: true }).press('Enter');
    const history = page.getByRole('region', { name: 'What happened' });
    await history.getByText('Isolated.', { exact: true }).waitFor();
    await history.getByText('is contained from now on').waitFor();
    await history.getByText('assigned to admin').waitFor();
    await assertAccessible(page, 'a case');
    const id = new URL(page.url()).pathname.split('/')[2] ?? '';
    const { endpoint } = await server.client.call('getCase', { params: { id } });
    await server.client.call('changeCase', { body: { endpointId: endpoint.id, state: 'closed', assignee: 'grace' } });
    await history.getByText('is closed from now on').waitFor();
    await page.getByLabel('Comment').fill('Said while others worked on it.');
    await page.getByRole('button', { name: 'Save', exact: true }).press('Enter');
    await history.getByText('Said while others worked on it.').waitFor();
    const { state, assignee } = await server.client.call('getCase', { params: { id } });
    assert.deepEqual([state, assignee], ['closed', 'grace'], 'a comment puts nothing back');
    await server.client.call('changeCase', {
      body: { endpointId: endpoint.id, state: 'contained', assignee: 'admin' },
    });
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as a file for others (ZIP)' }).press('Enter'),
    ]);
    assert.equal((await readFile(await file.path())).readUInt32LE(0), 0x04034b50, 'a ZIP');
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Cases' }).press('Enter');
    const row = page.getByRole('row').filter({ hasText: 'contained' });
    await row.filter({ hasText: 'admin' }).waitFor();
    await assertAccessible(page, 'the list of cases');
    await page.getByLabel('State').selectOption('closed');
    await page.getByText('No case fits.').waitFor();
    await page.goto(`${server.url}/scans/${items[0]?.id}?tab=artifacts`);
    await page.getByRole('button', { name: /house-tool/ }).press('Enter');
    await page.getByRole('button', { name: 'Open a case about this code' }).press('Enter');
    await page
      .getByRole('listitem')
      .filter({ hasText: /^About: / })
      .getByRole('link')
      .waitFor();
    await history.getByText('is investigating from now on').waitFor();

    const { items: families } = await server.client.call('listFamilies', {});
    await page.goto(`${server.url}/families/${families.find(({ name }) => name === 'House Thief')?.id}`);
    await page.getByRole('button', { name: 'Edit names, links and notes' }).press('Enter');
    const form = page.getByRole('form', { name: 'Edit names, links and notes' });
    await form.getByLabel('Also called').fill('Cellar\u202eThief\nAttic Thief');
    await form.getByLabel('Links').fill('A report javascript:alert(1)');
    await form.getByText('Each line has to end with an address').waitFor();
    await form.getByLabel('Links').fill('A report https://example.org/thief');
    await form.getByLabel('Notes').fill('Steals <i>silver</i>.');
    await assertAccessible(page, 'editing what is known of a family');
    await form.getByRole('button', { name: 'Save' }).press('Enter');
    await page.getByRole('link', { name: 'A report' }).waitFor();
    await page.getByText('Steals <i>silver</i>.').waitFor();
    await page.getByRole('button', { name: 'Make the rule' }).press('Enter');
    const rule = page.getByRole('region', { name: 'The rule' });
    await rule
      .getByText(/^rule /)
      .first()
      .waitFor();
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save the rule' }).press('Enter'),
    ]);
    assert.match(await readFile(await saved.path(), 'utf8'), /^rule \w+/m);
    await assertAccessible(page, 'a family with its rule');
    await page.goto(`${server.url}/scans/${items[0]?.id}`);
    await page.getByText(/Also called.*Attic Thief/).waitFor();
    assert.deepEqual(complaints(), []);
    await page.context().close();
  });
});
