import { join } from 'node:path';
import { createClient } from '@genehound/contract';
import pg from 'pg';
import { reach } from '../reach.ts';
import { deliver, newTally } from './deliver.ts';
import { endpointScan } from './endpoint.ts';
import { ascending, percentile, untilJudged } from './measure.ts';
import { fleetFile, type RealFile } from './real-files.ts';
import type { BenchServer } from './watch-server.ts';

/** Rows of so many further endpoints, each with one scan and `FILES` of the files that all share. */
const STORED = 20_000;
const FILES = 50;

/**
 * Fleet questions with 20,000 scans stored: which endpoints have this artifact, since when. The rows are copies of those
 * that a real scan left, made in the database; delivering them would take hours and leave the same.
 */
export async function question(server: BenchServer, pool: readonly RealFile[]): Promise<void> {
  const files = Array.from({ length: FILES }, (_unused, number) => fleetFile(pool, number));
  await deliver(server, newTally(), endpointScan('asked', files, Buffer.from('{"autoruns_info":[]}')));
  await untilJudged(server, 1);
  const client = new pg.Client({
    host: join(server.data, 'postgres', 'socket'),
    user: 'genehound',
    database: 'genehound',
  });
  await client.connect();
  let asked: { readonly sha256: string } | undefined;
  try {
    await client.query(`insert into endpoint (organisation, id, name, identity, last_seen_at)
      select e.organisation, gen_random_uuid(), 'copy-' || n, e.identity, e.last_seen_at
      from endpoint e, generate_series(1, ${STORED}) n`);
    await client.query(`insert into scan (organisation, id, upload_id, endpoint_id, state, verdict, counts, report, created_at,
        ended_at, finished_at, rules)
      select s.organisation, gen_random_uuid(), gen_random_uuid(), e.id, s.state, s.verdict, s.counts, null,
        s.created_at + random() * interval '1 hour', s.ended_at, s.finished_at, s.rules
      from (select * from scan limit 1) s, endpoint e where e.name like 'copy-%'`);
    await client.query(`insert into artifact_endpoint (organisation, sha256, layout, endpoint_id, first_scan, last_scan)
      select a.organisation, a.sha256, a.layout, s.endpoint_id, s.id, s.id
      from (select * from artifact_endpoint limit ${FILES}) a, scan s where s.endpoint_id <> a.endpoint_id`);
    await client.query(`insert into sighting (organisation, scan_id, sha256, layout, pid, address, kind, path, findings)
      select g.organisation, s.id, g.sha256, g.layout, g.pid, g.address, g.kind, g.path, g.findings
      from (select distinct on (sha256) g.* from sighting g join (select distinct sha256 from artifact_endpoint
        group by sha256 having count(*) > 1) a using (sha256) order by sha256) g, scan s where s.id <> g.scan_id`);
    await client.query('analyze');
    const { rows } = await client.query<{ sha256: string }>(
      `select encode(sha256, 'hex') as sha256 from artifact_endpoint group by sha256 order by count(*) desc limit 1`,
    );
    asked = rows[0];
  } finally {
    await client.end();
  }
  const api = createClient(server.url, server.key);
  const times: number[] = [];
  for (let index = 0; index < 30; index += 1) {
    const begin = performance.now();
    const params = { sha256: asked?.sha256 ?? '', layout: 'file' as const };
    await api.call('listArtifactSightings', { params });
    times.push(performance.now() - begin);
  }
  const p95 = percentile(ascending(times), 0.95);
  reach(`which endpoints have an artifact that ${STORED} have, and since when: under 200 ms at p95`, {
    met: p95 < 200,
    value: `${p95.toFixed(0)} ms, median ${percentile(ascending(times), 0.5).toFixed(0)} ms`,
  });
}
