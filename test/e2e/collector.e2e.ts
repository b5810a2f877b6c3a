import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { openMachine } from '../harness/machine.ts';
import { needsRoot } from '../harness/privilege.ts';
import { runScanner, scan } from '../harness/scanner.ts';
import {
  genehound,
  labelMalware,
  makeDataDirectory,
  makeScanKey,
  spawnGenehound,
  startServer,
} from '../harness/server.ts';
import { until } from '../harness/until.ts';
import { buildPayload } from '../targets/families.ts';
import { buildProgram } from '../targets/programs.ts';

/** An endpoint that reaches nothing but the collector gets the verdict that it would have got from the server itself. */

const serving = z.object({ url: z.url(), scans: z.string() });
const keyMade = z.looseObject({ secret: z.uuid() });
const uploaded = z.looseObject({
  scans: z.array(z.looseObject({ state: z.string(), analysisId: z.uuid(), verdict: z.string().nullable().optional() })),
});

async function parsed<T extends z.ZodType>(schema: T, command: ReturnType<typeof genehound>): Promise<z.output<T>> {
  const { code, stdout, stderr } = await command;
  assert.equal(code, 0, stderr);
  return schema.parse(JSON.parse(stdout));
}

test('a scan goes through the collector, is sent on, and is judged as one that came directly', async (context) => {
  if (!(await needsRoot(context))) return;
  const [data, collected] = [await makeDataDirectory(), await makeDataDirectory()];
  context.after(async () => await Promise.all([data.remove(), collected.remove()]));
  const server = await startServer(data.path);
  context.after(() => server.stop());
  await labelMalware(server, 'E2E Amber', await buildPayload('amber', 'labelled', 'library'));

  const own = { GENEHOUND_COLLECTOR_DATA: collected.path };
  const { secret } = await parsed(keyMade, genehound(data.path, ['collector', 'key', 'create', 'e2e', '--json'], own));
  const collector = spawnGenehound(data.path, ['collector', '--host', '127.0.0.1', '--port', '0', '--json'], own);
  context.after(async () => {
    collector.child.kill('SIGTERM');
    await collector.gone;
  });
  const { url, scans } = await until('The collector', 60, async () => {
    const [document] = /\{\s*"url"[^}]*\}/.exec(collector.log()) ?? [];
    return document === undefined ? undefined : serving.parse(JSON.parse(document));
  });
  const machine = await openMachine('gh-collected', Number(new URL(url).port));
  context.after(() => machine.close());
  await machine.launch(await buildProgram('rw-then-rx'), [await buildPayload('amber', 'fast', 'flat')]);

  const scanner = await runScanner(machine, ['-k', secret, '-u', machine.network.url]);
  assert.equal(scanner.code, 0, scanner.stdout + scanner.stderr);
  const sent = await parsed(uploaded, genehound(data.path, ['upload', scans, '--wait', '--json']));
  assert.deepEqual(
    sent.scans.map(({ state }) => state),
    ['sent'],
  );
  const through = await server.client.call('getScanReport', { params: { id: sent.scans[0]?.analysisId ?? '' } });

  machine.network.setServerPort(server.port);
  const direct = (await scan(machine, server, (await makeScanKey(server, 'direct')).secret)).report;
  assert.equal(through.verdict, 'malicious', through.reasons.join());
  assert.deepEqual(
    [through.verdict, through.families, through.coverage.complete, through.findings.map(({ finding }) => finding)],
    [direct.verdict, direct.families, direct.coverage.complete, direct.findings.map(({ finding }) => finding)],
  );
  const again = await parsed(uploaded, genehound(data.path, ['upload', scans, '--json']));
  assert.ok(
    again.scans.every(({ state }) => state !== 'sent'),
    'each scan goes once',
  );

  // A scan that was sealed on its machine needs its key, is opened for the time of sending alone, and goes once, too.
  const [key, opened] = [join(data.path, 'seal.key'), join(data.path, 'opened')];
  await mkdir(opened);
  // Code that the server has never seen: a sample that must be opened, too.
  await labelMalware(server, 'E2E Basalt', await buildPayload('basalt', 'labelled', 'library'));
  await machine.launch(await buildProgram('rw-then-rx'), [await buildPayload('basalt', 'fast', 'flat')]);
  const recipient = (await genehound(data.path, ['key', 'seal', key])).stdout.trim();
  const offline = await runScanner(machine, ['-o', '/var/tmp/out', '--encrypt-to', recipient]);
  assert.equal(offline.code, 0, offline.stdout + offline.stderr);
  const sealed = await machine.takeOver('/var/tmp/out');
  const upload = ['upload', sealed, '--wait', '--json'];
  assert.equal((await genehound(data.path, upload)).code, 1);
  const delivery = genehound(data.path, [...upload, '--sealing-key', key], { TMPDIR: opened });
  const [unsealed] = (await parsed(uploaded, delivery)).scans;
  assert.deepEqual([unsealed?.state, unsealed?.verdict], ['sent', 'malicious']);
  const open = await server.client.call('getScanReport', { params: { id: unsealed?.analysisId ?? '' } });
  assert.deepEqual(open.families.toSorted(), ['E2E Amber', 'E2E Basalt']);
  assert.deepEqual(await readdir(opened), [], 'nothing of it is left in the open');
  const third = await parsed(uploaded, genehound(data.path, [...upload, '--sealing-key', key]));
  assert.deepEqual([third.scans[0]?.state, third.scans[0]?.analysisId], ['skipped', unsealed?.analysisId]);
});
