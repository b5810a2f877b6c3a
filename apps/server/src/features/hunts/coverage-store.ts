import type { PublicScanVerdict } from '@genehound/contract';
import { sql } from 'kysely';
import type { Database } from '../../platform/database.ts';
import { publicVerdict } from '../scans/read.ts';
import type { RoundScan, Target } from './coverage.ts';
import type { HuntKey } from './rounds-store.ts';

export async function findTargets(db: Database, hunt: HuntKey): Promise<readonly Target[]> {
  return await db
    .selectFrom('hunt_target')
    .select(['name', 'group_name as group'])
    .where('organisation', '=', hunt.organisation)
    .where('hunt_id', '=', hunt.id)
    .execute();
}

interface Row {
  id: string;
  state: RoundScan['state'];
  endReason: string | null;
  verdict: 'no_threats' | 'incomplete' | 'suspicious' | 'infected' | null;
  gaps: string[] | null;
  endpointId: string | null;
  endpointName: string | null;
  address: string | null;
  endedAt: Date | null;
  hosts: string[];
  machineIds: string[];
  domains: string[];
}

function scanOf(row: Row): RoundScan {
  const verdict: PublicScanVerdict | null = row.verdict === null ? null : publicVerdict(row.verdict);
  const endpoint = row.endpointId === null ? null : { id: row.endpointId, name: row.endpointName ?? '' };
  const { id, state, endReason, gaps, hosts, domains, machineIds, address, endedAt } = row;
  return { id, state, endReason, verdict, gaps, endpoint, hosts, domains, machineIds, address, endedAt };
}

/** The scans of a round, each with all that its endpoint was ever called. */
export async function findRoundScans(db: Database, hunt: HuntKey, round: number): Promise<readonly RoundScan[]> {
  const { rows } = await sql<Row>`
    with scans as (
      select s.id, s.state, s.end_reason as "endReason", s.verdict, s.gaps, s.endpoint_id, s.source_address as address,
        s.ended_at as "endedAt"
      from scan s where s.organisation = ${hunt.organisation} and s.hunt_id = ${hunt.id} and s.round = ${round}),
    called as (
      select i.endpoint_id,
        coalesce(array_agg(i.value) filter (where i.kind = 'host_name'), '{}') as hosts,
        coalesce(array_agg(i.value) filter (where i.kind = 'machine_id'), '{}') as machine_ids,
        coalesce(array_agg(i.value) filter (where i.kind = 'domain'), '{}') as domains
      from endpoint_identity i
      where i.organisation = ${hunt.organisation} and i.endpoint_id in (select endpoint_id from scans)
      group by i.endpoint_id)
    select s.id, s.state, s."endReason", s.verdict, s.gaps, s.endpoint_id as "endpointId", e.name as "endpointName",
      s.address, s."endedAt", coalesce(c.hosts, '{}') as hosts, coalesce(c.machine_ids, '{}') as "machineIds",
      coalesce(c.domains, '{}') as domains
    from scans s
    left join endpoint e on e.organisation = ${hunt.organisation} and e.id = s.endpoint_id
    left join called c on c.endpoint_id = s.endpoint_id`.execute(db);
  return rows.map(scanOf);
}
