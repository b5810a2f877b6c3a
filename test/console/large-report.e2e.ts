import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Server } from '../harness/server.ts';
import { until } from '../harness/until.ts';
import { beginUpload } from '../harness/uploader.ts';
import { consoleServer } from './console-server.ts';

const PROCESSES = 300;
const MODULES = 4_000;
/** Milliseconds, generous: the machine may be busy. The figure itself is printed. */
const BEARABLE = 5_000;

async function deliverLargeScan(server: Server): Promise<string> {
  const scan = await beginUpload(server, server.key);
  const message = async (route: string, value: unknown): Promise<void> => {
    const { status, text } = await scan.message(route, value);
    assert.equal(status, 200, `${route}: ${text}`);
  };
  const pids = Array.from({ length: PROCESSES }, (_, n) => 1_000 + n);
  const share = Math.ceil(MODULES / PROCESSES);
  await message('host-info', { host_info: { computer_name: 'large' } });
  await message('processes-info', {
    processes_info: pids.map((pid, n) => ({
      pid,
      ppid: n < 20 ? 1 : 1_000 + (n % 20),
      process_path: `/usr/bin/tool-${n % 50}`,
      command_line: `tool-${n % 50} --serve ${n}`,
      username: 'root',
    })),
  });
  await message('processes/loaded-modules-info', {
    processes: pids.map((pid, n) => ({
      pid,
      loaded_modules_info: Array.from({ length: share }, (_, at) => ({
        base_address: 0x7f00_0000_0000 + at * 0x10_0000,
        file_path: `/usr/lib/lib-${n}-${at}.so`,
        mapped_size_in_bytes: 65_536,
      })),
    })),
  });
  await message('end', { reason: 'done' });
  return scan.analysisId;
}

describe('a large report', () => {
  const house = consoleServer();

  it(`of ${PROCESSES} processes and ${MODULES} modules can be used at once`, async (context) => {
    const id = await deliverLargeScan(house.server);
    await until('The report', 60, async () => {
      const { state } = await house.server.client.call('getScan', { params: { id } });
      return state === 'done' ? true : undefined;
    });
    const { counts } = await house.server.client.call('getScanReport', { params: { id } });
    assert.ok(counts.processes === PROCESSES && counts.modules >= MODULES, JSON.stringify(counts));
    const visitor = await house.at(context, '/');
    if (visitor === undefined) return;
    const { page, complaints } = visitor;
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    const begin = performance.now();
    await page.goto(`${house.server.url}/scans/${id}`);
    // The head of the report counts them, too: the tree is there once it says how to walk in it.
    await page.getByText(/^300 processes\. Arrow keys/).waitFor();
    await page.getByLabel('Path, user or pid contains').fill('1299');
    await page.getByText(/^\d+ of 300 processes/).waitFor();
    const took = Math.round(performance.now() - begin);
    context.diagnostic(`from its address to an answered filter: ${took} ms`);
    assert.ok(took < BEARABLE, `${took} ms`);
    assert.deepEqual(complaints(), []);
    await page.context().close();
  });
});
