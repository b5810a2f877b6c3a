import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { z } from 'zod';
import { accessibilityFaults, sidewaysScroll } from './accessibility.ts';
import { settled } from './browser.ts';
import { consoleServer } from './console-server.ts';
import { furnish } from './furnish.ts';
import { PROGRAM } from './hostile-scan.ts';

/** Every page over a furnished server: accessible in both themes, and what can be done on it. */

let places: Readonly<Record<string, string>> = {};
const house = consoleServer(async (server) => {
  places = await furnish(server);
});

async function write(data: string, statement: string, values: readonly unknown[]): Promise<void> {
  const client = new pg.Client({ host: join(data, 'postgres', 'socket'), user: 'genehound', database: 'genehound' });
  await client.connect();
  try {
    await client.query(statement, [...values]);
  } finally {
    await client.end();
  }
}

/** More endpoints than any screen: written past the server, which only has to list them. */
async function addFleet(data: string, size: number): Promise<void> {
  await write(
    data,
    `insert into endpoint (organisation, id, name, identity)
     select (select organisation from endpoint limit 1), gen_random_uuid(), 'zz-' || lpad(n::text, 6, '0'), 'confirmed'
     from generate_series(1, $1::int) n`,
    [size],
  );
}

/** As the server keeps it after the last try: to make a real job fail so takes longer than a test may. */
async function addFailedJob(data: string): Promise<void> {
  await write(
    data,
    `insert into failed_job (organisation, id, queue, data, tries, reason, failed_at)
     select organisation, gen_random_uuid(), 'analyse-artifact', '{}', 3, '<b>disk full', now() from endpoint limit 1`,
    [],
  );
}

async function offlineScan(folder: string, name = 'carried-by-hand'): Promise<void> {
  const bytes = await readFile(PROGRAM);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await mkdir(join(folder, 'files'));
  await writeFile(join(folder, 'files', `${sha256}.sample`), bytes);
  const messages = {
    scanner_info: { scanner_info: { scanner_version: 'test' }, start_time: 1_700_000_000 },
    host_info: { host_info: { computer_name: name } },
    processes_info: { processes_info: [{ pid: 7, ppid: 1, process_path: PROGRAM }] },
    all_loaded_modules_info: {
      processes: [{ pid: 7, loaded_modules_info: [{ base_address: 4_194_304, file_path: PROGRAM }] }],
    },
    files_info_1: { files_info: [{ file_path: PROGRAM, sha256, size_in_bytes: bytes.length }] },
    scan_summary: { reason: 'done', end_time: 1_700_000_100 },
  };
  for (const [name, body] of Object.entries(messages))
    await writeFile(join(folder, `${name}.json`), JSON.stringify(body));
}

/** Pages that `furnish` does not name since they need none of its data, and addresses that lead to another page. */
const BARE = {
  'sign-in': '/sign-in',
  nothing: '/no/such/page',
} as const;

const sourceOf = (name: string): Promise<string> =>
  readFile(join(import.meta.dirname, '../../apps/console/src', name), 'utf8');

/** Paths of the console's router, as it is written: a page that is added is visited, or this test fails. */
async function routerPaths(): Promise<readonly string[]> {
  return [...(await sourceOf('router.tsx')).matchAll(/^\s+path: '([^']+)',$/gm)].flatMap(([, path]) => path ?? []);
}

async function reportTabs(): Promise<readonly string[]> {
  const list = /REPORT_TABS = \[([^\]]+)\]/.exec(await sourceOf('search.ts'))?.[1] ?? '';
  return [...list.matchAll(/'(\w+)'/g)].flatMap(([, tab]) => tab ?? []);
}

function isOf(address: string, path: string): boolean {
  const pattern = path.replaceAll(/\$\w+/g, '[^/]+').replace(/^\$$/, '/no/.*');
  return new RegExp(`^${pattern}$`).test(address.split('?')[0] ?? '');
}

/** Every place that is visited: what `furnish` names, and every page without parameters that it does not. */
async function allPlaces(): Promise<readonly string[]> {
  const paths = await routerPaths();
  assert.ok(paths.length > 30, 'the router was read');
  const { items } = await house.server.client.call('listScans', { query: { search: 'srv-db-07' } });
  const scan = items[0]?.id ?? '';
  const known = [
    ...Object.values(places),
    ...Object.values(BARE),
    `/endpoint-analyses/${scan}`,
    `/analyses/${randomUUID()}`,
    `/files/${'0'.repeat(64)}`,
  ];
  const bare = paths.filter((path) => !path.includes('$') && !known.some((address) => isOf(address, path)));
  const all = [...known, ...bare];
  const forgotten = paths.filter((path) => !all.some((address) => isOf(address, path)));
  assert.deepEqual(forgotten, [], 'pages with parameters that nobody visits: name them in furnish.ts');
  const tabs = await reportTabs();
  assert.ok(tabs.length >= 7, 'the tabs were read');
  for (const tab of tabs)
    assert.ok(tab === 'processes' || all.some((one) => one.includes(`tab=${tab}`)), `the tab ${tab} is visited`);
  return all;
}

describe('every page of the console', () => {
  for (const [scheme, width] of [
    ['light', 1400],
    ['dark', 360],
  ] as const) {
    it(`has nothing that axe finds wrong and nothing to scroll sideways: ${scheme}, ${width} px`, async (context) => {
      const visitor = await house.at(context, '/', { scheme, width });
      if (visitor === undefined) return;
      const { page, complaints } = visitor;
      for (const address of await allPlaces()) {
        await page.goto(house.server.url + address);
        await settled(page);
        assert.deepEqual(await accessibilityFaults(page), [], `${address} ${scheme}`);
        assert.equal(await sidewaysScroll(page), 0, address);
      }
      assert.deepEqual(complaints(), []);
      await page.context().close();
    });
  }

  it('finds anything from every page, by keyboard alone', async (context) => {
    const visitor = await house.at(context, '/');
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('SRV-DB');
    await page.keyboard.press('Enter');
    const row = page.getByRole('row').filter({ hasText: 'Endpoint' }).filter({ hasText: 'srv-db-07' });
    await row.getByRole('link').press('Enter');
    await page.getByRole('heading', { level: 1, name: 'srv-db-07' }).waitFor();
    const hash = createHash('sha256')
      .update(await readFile(PROGRAM))
      .digest('hex');
    await page.keyboard.press('/');
    await page.getByRole('searchbox').first().fill(hash.slice(0, 12));
    await page.keyboard.press('Enter');
    await page
      .getByText(/found$/)
      .first()
      .waitFor();
    assert.deepEqual(complaints(), []);
    await page.context().close();
  });

  it('shows work that failed for good, and leaves it undone when told so', async (context) => {
    await addFailedJob(house.server.data);
    const visitor = await house.at(context, '/', { width: 360 });
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    const note = page.getByRole('listitem').filter({ hasText: '1 piece of work of the server failed for good' });
    await note.getByText('<b>disk full').waitFor();
    assert.deepEqual(await accessibilityFaults(page), []);
    assert.equal(await sidewaysScroll(page), 0);
    await note.getByRole('button', { name: 'Leave it undone' }).press('Enter');
    await note.waitFor({ state: 'detached' });
    const { items } = await house.server.client.call('listFailedJobs', { query: { state: 'all' } });
    assert.deepEqual(
      items.map(({ decision }) => decision),
      ['dismissed'],
    );
    assert.deepEqual(complaints(), []);
    await page.context().close();
  });

  it('opens the right page for links of the public contract', async (context) => {
    const visitor = await house.at(context, '/history');
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    await page.getByRole('heading', { level: 1, name: 'Scans' }).waitFor();
    const { items } = await house.server.client.call('listScans', { query: { search: 'srv-db-07' } });
    const id = items[0]?.id ?? '';
    await page.goto(`${house.server.url}/endpoint-analyses/${id}`);
    await page.getByRole('heading', { level: 1, name: 'srv-db-07' }).waitFor();
    assert.equal(new URL(page.url()).pathname, `/scans/${id}`);
    const token = z
      .object({ result: z.string() })
      .parse(await publicCall('/api/v2-0/get-access-token', { api_key: house.server.key }, null)).result;
    const subs = z
      .object({ sub_analyses: z.array(z.looseObject({ sub_analysis_id: z.string(), sha256: z.string() })) })
      .parse(await publicCall(`/api/v2-0/endpoint-analyses/${id}/sub-analyses`, null, token)).sub_analyses;
    assert.ok(subs[0] !== undefined);
    await page.goto(`${house.server.url}/endpoint-analyses/${id}?sub=${subs[0].sub_analysis_id}`);
    await page.getByRole('heading', { level: 1, name: 'Artifact' }).waitFor();
    assert.ok(page.url().includes(subs[0].sha256));
    await page.goto(`${house.server.url}/analyses/${randomUUID()}`);
    await page.getByText('There is nothing at this address').waitFor();
    assert.deepEqual(complaints(), []);
    await page.context().close();
  });

  it('analyses a file, delivers an offline scan, and refuses a directory that holds none', async (context) => {
    const visitor = await house.at(context, '/upload');
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    const folder = await mkdtemp(join(tmpdir(), 'genehound-upload-'));
    try {
      await page.getByLabel('Choose files').setInputFiles('/usr/bin/env');
      const row = page.getByRole('table', { name: 'Analyse files' }).getByRole('row').filter({ hasText: 'env' });
      await row.getByText('unknown').waitFor({ timeout: 90_000 });
      await page.getByLabel('Choose files').setInputFiles({
        name: '=<b>notes.txt',
        mimeType: 'text/plain',
        buffer: Buffer.from('no code'),
      });
      await page.getByRole('alert').getByText('not taken').waitFor();
      assert.deepEqual(await accessibilityFaults(page), []);
      await mkdir(join(folder, 'empty'));
      await writeFile(join(folder, 'empty', 'host_info.json'), '{}');
      await page.getByLabel('Choose the directory').setInputFiles(join(folder, 'empty'));
      await page.getByText('This holds no scan').waitFor();
      await mkdir(join(folder, 'scan'));
      await offlineScan(join(folder, 'scan'));
      await page.getByLabel('Choose the directory').setInputFiles(join(folder, 'scan'));
      await page.getByText('4 of 4 messages delivered').waitFor({ timeout: 60_000 });
      await page.getByRole('link', { name: 'Open the scan' }).press('Enter');
      await page.getByRole('heading', { level: 1, name: 'carried-by-hand' }).waitFor({ timeout: 60_000 });
      // A scanner that ran twice into one directory left two scans there.
      await page.goBack();
      for (const number of [1, 2]) {
        await mkdir(join(folder, 'both', `scan_${number}`), { recursive: true });
        await offlineScan(join(folder, 'both', `scan_${number}`), `of-both-${number}`);
      }
      await promisify(execFile)('tar', ['-czf', 'both.tar.gz', 'both'], { cwd: folder });
      await page.getByLabel('Choose an archive of it').setInputFiles(join(folder, 'both.tar.gz'));
      await page.getByText('8 of 8 messages delivered').waitFor({ timeout: 60_000 });
      await page.getByRole('link', { name: 'Open scan 2 of 2' }).press('Enter');
      await page.getByRole('heading', { level: 1, name: /of-both/ }).waitFor({ timeout: 60_000 });
      // The key that it made for this one delivery no longer holds.
      const { items } = await house.server.client.call('listKeys', {});
      assert.ok(
        items.filter(({ name }) => name.startsWith('offline scan')).every(({ revokedAt }) => revokedAt !== null),
      );
      assert.deepEqual(complaints(), []);
    } finally {
      await rm(folder, { recursive: true, force: true });
      await page.context().close();
    }
  });

  it('scrolls fifty thousand endpoints as one list, its filters in the address, and saves what fits', async (context) => {
    const visitor = await house.at(context, '/endpoints');
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    await addFleet(house.server.data, 50_000);
    await page.reload();
    await page.getByText(/^50,00\d endpoints$/).waitFor();
    const box = page.getByRole('region', { name: 'Endpoints' });
    const begin = performance.now();
    await page.evaluate(
      "(() => { const box = document.querySelector('[role=region][aria-label=Endpoints]'); box.scrollTop = box.scrollHeight; })()",
    );
    await page.getByRole('link', { name: 'zz-050000' }).waitFor();
    context.diagnostic(`the last of fifty thousand after ${Math.round(performance.now() - begin)} ms`);
    assert.ok((await box.getByRole('row').count()) < 100, 'only rows that are seen exist');
    await page.getByLabel('Name or system contains').fill('zz-0123');
    await page.getByText(/^100 endpoints$/).waitFor();
    assert.match(page.url(), /q=zz-0123/);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as CSV' }).press('Enter'),
    ]);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
    assert.equal(lines.length, 101);
    assert.match(lines[0] ?? '', /^id,name,/);
    await page.getByLabel('infected', { exact: true }).check();
    await page.getByText('No endpoint fits.').waitFor();
    assert.deepEqual(complaints(), []);
    await page.context().close();
  });
});

async function publicCall(path: string, body: object | null, token: string | null): Promise<unknown> {
  const response = await fetch(house.server.url + path, {
    method: body === null ? 'GET' : 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
  });
  return await response.json();
}
