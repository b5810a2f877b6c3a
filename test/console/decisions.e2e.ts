import assert from 'node:assert/strict';
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
    const [here, there] = ['Here', 'The same blocks in House Thief'].map((name) => page.getByRole('region', { name }));
    assert.ok(here !== undefined && there !== undefined);
    await here.getByRole('row').nth(1).waitFor();
    await there.getByRole('row').nth(1).waitFor();
    const [ours, theirs] = await Promise.all([here.getByRole('row').nth(1).textContent(), there.textContent()]);
    assert.ok(theirs?.includes(ours ?? '-'), 'the sample is the very file: its first instruction stands beside');
    await assertAccessible(page, 'code beside code');
    assert.match(page.url(), /function=\d+/);
    await page.reload();
    await here.getByRole('row').nth(1).waitFor();
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
});
