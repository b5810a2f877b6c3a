import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '@genehound/contract';
import { readServerConfig, run } from '@genehound/server';
import { temporaryData } from './test-server.ts';

test('killed between the commit of a label and the index, the next start has both', { timeout: 120_000 }, async () => {
  const data = await temporaryData();
  try {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'serve.ts')], {
      env: {
        GENEHOUND_DATA: data,
        GENEHOUND_PORT: '0',
        GENEHOUND_LOG_LEVEL: 'fatal',
        GENEHOUND_FAULT: 'analysis:between-commit-and-index',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [, signal] = await once(child, 'exit');
    assert.equal(signal, 'SIGKILL', 'the point was passed');
    const server = await run(
      readServerConfig({ GENEHOUND_DATA: data, GENEHOUND_PORT: '0', GENEHOUND_LOG_LEVEL: 'fatal' }),
    );
    try {
      const client = createClient(server.url, server.localKey);
      const genome = await client.call('getGenome', {});
      // Start brings the index to the labels before it answers; samples that had none yet may add one meanwhile.
      while (!(await client.call('getGenome', {})).indexCurrent) await delay(50);
      // The test threat has a sample for each instruction set; how many were committed at once is up to the batch.
      assert.ok(genome.globalGeneration >= 1);
      assert.ok(genome.samples >= 1);
      assert.ok(genome.genes >= 200);
    } finally {
      await server.close();
    }
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});
