import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { genehound, makeDataDirectory, type Server, startServer } from '../harness/server.ts';
import { until } from '../harness/until.ts';
import { beginUpload } from '../harness/uploader.ts';
import { accessibilityFaults, sidewaysScroll } from './accessibility.ts';
import { openBrowser, signIn, visit } from './browser.ts';

/** The three steps of a hunt as an analyst does them: acquit a clean image, look at what is unknown, convict. */

const SOFTWARE = '/opt/house <b>tool</b>/house-tool';

let data: Awaited<ReturnType<typeof makeDataDirectory>>;
let server: Server;
let password: string;
let browser: Browser | undefined;

/** A whole scan of a small machine that runs one program, of which nobody has heard. */
async function deliver(host: string): Promise<string> {
  const scan = await beginUpload(server, server.key);
  const program = await readFile('/usr/bin/env');
  const message = async (route: string, value: unknown): Promise<void> => {
    const { status, text } = await scan.message(route, value);
    assert.equal(status, 200, `${route}: ${text}`);
  };
  await message('host-info', { host_info: { computer_name: host } });
  const identity = { version: 1, machine_id: randomBytes(16).toString('hex'), host_name: host };
  await message('identity-info', { identity_info: identity });
  await message('processes-info', { processes_info: [{ pid: 70, ppid: 1, process_path: SOFTWARE }] });
  const modules = [{ base_address: 4_194_304, file_path: SOFTWARE, mapped_size_in_bytes: 65_536 }];
  await message('processes/loaded-modules-info', { processes: [{ pid: 70, loaded_modules_info: modules }] });
  const sha256 = createHash('sha256').update(program).digest('hex');
  await message('files-info', { files_info: [{ file_path: SOFTWARE, sha256, size_in_bytes: program.length }] });
  const sent = await scan.send('file-system/collected-binaries', program);
  assert.ok(sent.status === 200 || sent.status === 409, sent.text);
  const checks = ['process', 'modules', 'module_files', 'regions', 'modified_code'].map((check) => ({
    check,
    state: 'done',
  }));
  const coverage = {
    version: 1,
    complete: true,
    privileges: { user: 'root', held: [], missing: [] },
    processes: [{ pid: 70, read: true, checks }],
    problems: [],
  };
  await message('coverage-info', { coverage_info: coverage });
  await message('end', { reason: 'done' });
  return scan.analysisId;
}

async function becomes(id: string, counts: { readonly trusted: number; readonly unknown: number }): Promise<void> {
  await until(`Scan ${id} with ${JSON.stringify(counts)}`, 60, async () => {
    const { artifacts } = await server.client.call('getScan', { params: { id } });
    return artifacts?.trusted === counts.trusted && artifacts.unknown === counts.unknown ? true : undefined;
  });
}

async function assertAccessible(page: Page, what: string): Promise<void> {
  for (const width of [1400, 360]) {
    await page.setViewportSize({ width, height: 800 });
    assert.deepEqual(await accessibilityFaults(page), [], `${what} at ${width} px`);
    assert.equal(await sidewaysScroll(page), 0, `${what} at ${width} px`);
  }
  await page.setViewportSize({ width: 1400, height: 900 });
}

describe('decisions in the console', () => {
  before(async () => {
    data = await makeDataDirectory();
    server = await startServer(data.path);
    const reset = await genehound(data.path, ['server', 'reset-password', 'admin']);
    password = /: (\S+)\s*$/.exec(reset.stdout)?.[1] ?? '';
  });
  after(async () => {
    await browser?.close();
    await server.stop();
    await data.remove();
  });

  it('acquits an endpoint from its report, and undoes it in the baseline', async (context) => {
    browser = await openBrowser(context);
    if (browser === undefined) return;
    const [clean, twin] = [await deliver('clean-image'), await deliver('twin')];
    await Promise.all([clean, twin].map((id) => becomes(id, { trusted: 0, unknown: 1 })));
    const { page, complaints } = await visit(browser);
    await signIn(page, server, password, `/scans/${clean}`);
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
    if (browser === undefined) return context.skip('no browser');
    const { page, complaints } = await visit(browser, { scheme: 'dark' });
    await signIn(page, server, password, '/unknown');
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
});
