import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { parseImage } from '@genehound/binary';
import { AppError, GLOBAL_ORGANISATION, type Layout } from '@genehound/contract';
import { allGenes, extractGenome, namedFamilies } from '@genehound/genes';
import { createFileStore, createLog, openSpool } from '@genehound/intake';
import { readServerConfig, type ServerConfig } from './config.ts';
import { analysis } from './features/analysis/analysis.ts';
import { ARTIFACT_JUDGED, REJUDGE } from './features/analysis/jobs.ts';
import { artifactKey, enqueueArtifacts, type SightedVerdict, verdictsOf } from './features/analysis/read.ts';
import { genome } from './features/genome/genome.ts';
import { revokeLabels } from './features/genome/label-store.ts';
import { globalFileLabels, type KnowingContext, Knowledge } from './features/genome/read.ts';
import { TEST_THREAT_FAMILY, TEST_THREAT_SETS, testThreatCode } from './features/genome/test-threat.gen.ts';
import { digest, inTransaction } from './platform/database.ts';
import type { Principal } from './platform/http/principal.ts';
import { newId } from './platform/ids.ts';
import { createJobs } from './platform/jobs.ts';
import { Live } from './platform/live.ts';
import { openSigner } from './platform/signer.ts';
import { openTestDatabase, type TestDatabase } from './platform/test-database.ts';
import { openVault } from './platform/vault.ts';

/** Labels, index, analysis and re-judging over the real database, blob store and children; no HTTP. */

const SHELL = readFileSync('/bin/sh');
/** The shell's code as it might lie in foreign memory: another hash, the same genes. */
const SHELL_CODE = ((): Buffer => {
  const image = parseImage(SHELL, 'file');
  const [largest] = image.code.toSorted((a, b) => b.size - a.size);
  assert.ok(largest !== undefined);
  const code = SHELL.subarray(largest.offset, largest.offset + largest.size);
  return Buffer.concat([Buffer.alloc(64, 0x90), code]);
})();
const THREAT_IN_MEMORY = Buffer.concat([Buffer.alloc(64, 0x90), testThreatCode()]);

const organisation = newId();
const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What the scans were told of, in order. */
const told: string[] = [];

let database: TestDatabase;
let running: Running;

interface Running {
  readonly context: KnowingContext;
  readonly feature: ReturnType<typeof genome>;
  stop(): Promise<void>;
}

async function start(): Promise<Running> {
  const { data } = database;
  const config: ServerConfig = readServerConfig({ GENEHOUND_DATA: data, GENEHOUND_ANALYSIS_WORKERS: '2' });
  const log = createLog('silent');
  const { connection } = database;
  const jobs = createJobs(connection, log);
  const context: KnowingContext = {
    config,
    connection,
    db: connection.db,
    jobs,
    blobs: createFileStore({ directory: join(data, 'blobs'), minimumFree: 0 }),
    spool: await openSpool({ directory: join(data, 'spool'), minimumFree: 0 }),
    live: new Live(),
    installation: '00000000-0000-7000-8000-000000000000',
    signer: await openSigner(connection.db, data),
    vault: await openVault(data),
    log,
    knowledge: new Knowledge(data, connection.db, log),
  };
  const feature = genome(context);
  const extraction = analysis(context);
  jobs.work(ARTIFACT_JUDGED, { concurrency: 1, batch: 100 }, async (items) => {
    for (const { artifacts } of items) for (const { sha256 } of artifacts) told.push(sha256);
  });
  await jobs.start();
  for (const part of [feature, extraction]) await part.start?.();
  return {
    context,
    feature,
    stop: async () => {
      await jobs.stop(10_000);
      for (const part of [extraction, feature]) await part.stop?.();
    },
  };
}

const principal = (roles: Principal['roles']): Principal => ({
  organisation,
  actor: 'test',
  name: 'test',
  permission: 'full',
  roles,
  keyId: null,
  huntId: null,
  session: null,
});

/** Asks until it is so; the runner's time-out ends what never comes. Every question is a round to the database. */
async function until<T>(ask: () => Promise<T | null | false>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
  }
}

type Label = Parameters<ReturnType<typeof genome>['handlers']['addSample']>[0]['query'];

async function label(bytes: Buffer, query: Omit<Label, 'source'>): Promise<string> {
  const { handlers } = running.feature;
  const answer = await handlers.addSample({
    principal: principal(['operator', 'administrator']),
    params: {},
    query: { ...query, source: 'test' },
    body: Readable.from([bytes]),
    address: '',
    browser: '',
    lastEventId: null,
    session: { token: null, set: () => undefined, clear: () => undefined },
    flow: { token: null, set: () => undefined, clear: () => undefined },
  });
  await until(async () => (await status()).indexCurrent);
  return answer.labelId;
}

function status() {
  return running.feature.handlers.getGenome({
    principal: principal(['operator']),
    params: {},
    query: {},
    body: undefined,
    address: '',
    browser: '',
    lastEventId: null,
    session: { token: null, set: () => undefined, clear: () => undefined },
    flow: { token: null, set: () => undefined, clear: () => undefined },
  });
}

async function deliver(bytes: Buffer, layout: Layout, stored = true): Promise<string> {
  const { context } = running;
  const sha256 = sha256Of(bytes);
  if (stored) {
    const spooled = await context.spool.receive(Readable.from([bytes]), bytes.length);
    await context.blobs.put({ organisation, sha256 }, spooled);
  }
  await inTransaction(context.db, async (tx) => {
    const row = { organisation, sha256: digest(sha256), layout, size: bytes.length, stored };
    await tx.insertInto('artifact').values(row).execute();
    await enqueueArtifacts(context, tx, organisation, [{ sha256, layout }], 'by a scan');
  });
  return sha256;
}

async function verdict(sha256: string, layout: Layout): Promise<SightedVerdict> {
  return await until(async () => {
    const found = (await verdictsOf(running.context, organisation, [{ sha256, layout }])).get(
      artifactKey(sha256, layout),
    );
    return found !== undefined && found.judgement !== null && found;
  });
}

async function becomes(sha256: string, layout: Layout, expected: string): Promise<SightedVerdict> {
  return await until(async () => {
    const found = await verdict(sha256, layout);
    const { judgement } = found;
    return judgement !== null && `${judgement.verdict} ${judgement.subVerdict}` === expected && found;
  });
}

before(async () => {
  database = await openTestDatabase();
  await database.connection.db.insertInto('organisation').values({ id: organisation, name: 'test' }).execute();
  running = await start();
});
after(async () => {
  await running.stop();
  await database.close();
});

/** Does something to every file of genes in the indexes of one scope. */
async function everySegment(index: string, harm: (path: string) => Promise<void>): Promise<void> {
  const paths = (await readdir(index, { recursive: true })).filter((name) => name.endsWith('.segment'));
  assert.ok(paths.length > 0);
  for (const path of paths) await harm(join(index, path));
}

describe('knowledge', { timeout: 240_000 }, () => {
  it('knows the test threat from the first start, by at least 200 genes', async () => {
    const state = await until(async () => {
      const now = await status();
      return now.indexCurrent && now.samples === TEST_THREAT_SETS.length && now;
    });
    // One for each instruction set, which is told from the code alone.
    const genomes = TEST_THREAT_SETS.map(testThreatCode).map((code) => extractGenome(code, parseImage(code, 'raw')));
    assert.deepEqual(
      genomes.map((genome) => genome.instructionSet),
      TEST_THREAT_SETS,
    );
    const counts = genomes.map((genome) => allGenes(genome).high.length);
    assert.ok(Math.min(...counts) >= 200);
    assert.equal(
      state.genes,
      counts.reduce((sum, count) => sum + count, 0),
    );
    const sha256 = await deliver(THREAT_IN_MEMORY, 'raw');
    const { judgement } = await becomes(sha256, 'raw', 'malicious malicious');
    assert.ok(judgement !== null);
    assert.deepEqual(namedFamilies(judgement), [TEST_THREAT_FAMILY]);
  });

  it('calls code unknown, then trusted when a label speaks for it, then unknown when the label is revoked', async () => {
    const { context } = running;
    const [file, memory] = [await deliver(SHELL, 'file'), await deliver(SHELL_CODE, 'raw')];
    await becomes(file, 'file', 'unknown unique');
    await becomes(memory, 'raw', 'unknown unique');
    const id = await label(SHELL, { family: 'shell', type: 'application', scope: 'global', layout: 'file' });
    const known = await becomes(file, 'file', 'trusted known_trusted');
    assert.equal(known.judgement?.evidence.rule, 'label-global');
    const byGenes = await becomes(memory, 'raw', 'trusted trusted');
    await until(async () => (await status()).indexCurrent && told.filter((sha256) => sha256 === memory).length === 2);
    const other = sha256Of(THREAT_IN_MEMORY);
    assert.equal(told.filter((sha256) => sha256 === other).length, 1, 'of what did not change nobody is told');
    assert.equal(byGenes.judgement?.evidence.rule, 'trusted-genes');
    assert.deepEqual(await globalFileLabels(context.db, [file, memory]), new Map([[file, 'application']]));

    const again = await label(SHELL, { family: 'Shell', type: 'application', scope: 'global', layout: 'file' });
    assert.equal(again, id, 'the same label is one label');

    await inTransaction(context.db, async (tx) => {
      assert.equal(await revokeLabels(tx, GLOBAL_ORGANISATION, [id], 'test', 'a mistake'), 1);
      assert.equal(await revokeLabels(tx, GLOBAL_ORGANISATION, [id], 'test', null), 0);
      await context.jobs.enqueue(tx, REJUDGE, [{ scope: GLOBAL_ORGANISATION }]);
    });
    await becomes(file, 'file', 'unknown unique');
    await becomes(memory, 'raw', 'unknown unique');
    const { rows } = await context.connection.pool.query<{ verdict: string }>(
      'select verdict from verdict_history where sha256 = $1 order by number',
      [digest(memory)],
    );
    assert.deepEqual(
      rows.map((row) => row.verdict),
      ['unknown', 'trusted'],
    );
  });

  it('judges by the findings of a scan without storing that', async () => {
    const { context } = running;
    const sha256 = sha256Of(SHELL_CODE);
    const findings = [{ kind: 'implanted-code', changes: [], leadsToTrusted: false }] as const;
    const seen = await verdictsOf(context, organisation, [{ sha256, layout: 'raw', findings }]);
    assert.equal(seen.get(artifactKey(sha256, 'raw'))?.judgement?.verdict, 'suspicious');
    assert.equal((await verdict(sha256, 'raw')).judgement?.verdict, 'unknown');
  });

  it('lets an organisation convict and acquit for itself, never against the global word', async () => {
    const memory = sha256Of(SHELL_CODE);
    await label(SHELL, { family: 'bad shell', type: 'malware', scope: 'organisation', layout: 'file' });
    const { judgement } = await becomes(memory, 'raw', 'malicious malicious');
    assert.ok(judgement !== null);
    assert.deepEqual(namedFamilies(judgement), ['bad shell']);
    await label(SHELL, { family: 'shell', type: 'application', scope: 'global', layout: 'file' });
    await becomes(memory, 'raw', 'trusted trusted');
    await becomes(sha256Of(SHELL), 'file', 'malicious known_malicious');
    const acquitted = sha256Of(THREAT_IN_MEMORY);
    await label(Buffer.from(testThreatCode()), {
      family: 'harmless',
      type: 'application',
      scope: 'organisation',
      layout: 'raw',
    });
    await becomes(acquitted, 'raw', 'malicious malicious');
  });

  it('refuses a family of another type, another layout, and the global genome to all but operators', async () => {
    const query = { family: 'shell', type: 'malware', scope: 'global', layout: 'file' } as const;
    await assert.rejects(label(SHELL, query), (error) => error instanceof AppError && error.code === 'conflict');
    await assert.rejects(
      label(Buffer.from('#!/bin/sh'), { ...query, type: 'application' }),
      (error) => error instanceof AppError && error.code === 'wrong_layout',
    );
    const asked = running.feature.handlers.findKnownSamples({
      principal: principal(['administrator']),
      params: {},
      query: {},
      body: { family: 'shell', scope: 'global', layout: 'file', sha256: [] },
      address: '',
      browser: '',
      lastEventId: null,
      session: { token: null, set: () => undefined, clear: () => undefined },
      flow: { token: null, set: () => undefined, clear: () => undefined },
    });
    await assert.rejects(asked, (error) => error instanceof AppError && error.code === 'forbidden');
  });

  it('judges a file that a global label names without its bytes, and says of lost bytes that they are lost', async () => {
    const named = Buffer.concat([SHELL, Buffer.from('another build')]);
    await label(named, { family: 'shell', type: 'application', scope: 'global', layout: 'file' });
    await deliver(named, 'file', false);
    await becomes(sha256Of(named), 'file', 'trusted known_trusted');
    const lost = Buffer.concat([SHELL, Buffer.from('lost')]);
    await running.context.db
      .insertInto('artifact')
      .values({ organisation, sha256: digest(sha256Of(lost)), layout: 'file', size: 1, stored: true })
      .execute();
    await inTransaction(running.context.db, (tx) =>
      enqueueArtifacts(running.context, tx, organisation, [{ sha256: sha256Of(lost), layout: 'file' }], 'by a scan'),
    );
    const found = await becomes(sha256Of(lost), 'file', 'unknown inconclusive');
    assert.equal(found.state, 'failed');
    assert.match(found.problem ?? '', /not in the store/);
  });

  it('labels many samples in few generations', async () => {
    const earlier = await status();
    const { handlers } = running.feature;
    const count = 40;
    // All at once, as an import does: one after the other, each may be active before the next is there.
    await Promise.all(
      Array.from({ length: count }, (_, i) =>
        handlers.addSample({
          principal: principal(['administrator']),
          params: {},
          query: { family: `many ${i}`, type: 'malware', scope: 'organisation', layout: 'raw', source: 'test' },
          body: Readable.from([Buffer.concat([Buffer.alloc(i + 1, 0x90), testThreatCode().subarray(0, 4_000)])]),
          address: '',
          browser: '',
          lastEventId: null,
          session: { token: null, set: () => undefined, clear: () => undefined },
          flow: { token: null, set: () => undefined, clear: () => undefined },
        }),
      ),
    );
    const later = await until(async () => {
      const now = await status();
      return now.indexCurrent && now;
    });
    assert.equal(later.samples - earlier.samples, count);
    const generations = later.organisationGeneration - earlier.organisationGeneration;
    assert.ok(generations < count, `${generations} generations: none of the ${count} labels shared one`);
  });

  it('rebuilds the index where it is missing or damaged, with the same answers', async () => {
    const ask = async (): Promise<unknown> => {
      const genes = allGenes(extractGenome(SHELL, parseImage(SHELL, 'file')));
      const { labels } = await running.context.knowledge.labelsOf(organisation, genes);
      return Array.from(labels.set, (set) => labels.sets[set]?.families.map(({ name, scope }) => `${scope} ${name}`));
    };
    const expected = await ask();
    const index = join(database.data, 'index', GLOBAL_ORGANISATION);
    const damage: readonly (() => Promise<void>)[] = [
      () => rm(join(database.data, 'index'), { recursive: true }),
      () => rm(join(index, 'current')),
      () => writeFile(join(index, 'current'), '../../../../etc'),
      () => everySegment(index, (path) => rm(path)),
      () => everySegment(index, async (path) => truncate(path, (await stat(path)).size >> 1)),
      () =>
        everySegment(index, async (path) => {
          const bytes = await readFile(path);
          for (let at = 0; at < bytes.length; at += 4_000) bytes[at] = (bytes[at] ?? 0) ^ 0x10;
          await writeFile(path, bytes);
        }),
    ];
    for (const harm of damage) {
      await running.stop();
      await harm();
      running = await start();
      assert.deepEqual(await ask(), expected);
      assert.ok((await status()).indexCurrent);
    }
  });
});
