import type { Answer } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, type Tx, text } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import type { StandingRow } from './endpoint-store.ts';

export { countStandings, listEndpoints, partOf } from './endpoint-store.ts';

/** What a scan says of the machine it ran on. All of it is the endpoint's word. */
export interface ClaimedIdentity {
  readonly machineId: string | null;
  readonly hardwareId: string | null;
  readonly hostName: string | null;
  readonly domain: string | null;
  readonly operatingSystem: string | null;
  /** Where the scan came from, as the connection has it. */
  readonly address: string | null;
}

export interface EndpointRef {
  readonly id: string;
  readonly name: string;
  readonly operatingSystem: string | null;
  readonly identity: 'confirmed' | 'name_only';
}

/** How far a value speaks for one machine, 0 to 100. */
const CONFIDENCE = { machine_id: 90, hardware_uuid: 80, domain: 30, host_name: 40, address: 10 } as const;
type Kind = keyof typeof CONFIDENCE;

const UNNAMED = '(no name)';

function kindsOf(claimed: ClaimedIdentity): readonly (readonly [Kind, string])[] {
  const all: readonly (readonly [Kind, string | null])[] = [
    ['machine_id', claimed.machineId],
    ['hardware_uuid', claimed.hardwareId],
    ['domain', claimed.domain],
    ['host_name', claimed.hostName],
    ['address', claimed.address],
  ];
  return all.flatMap(([kind, value]) =>
    value === null || value.trim() === '' ? [] : [[kind, text(value.trim().toLowerCase())] as const],
  );
}

async function withIdentity(tx: Tx, organisation: string, kind: Kind, value: string): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom('endpoint_identity')
    .select('endpoint_id')
    .where('organisation', '=', organisation)
    .where('kind', '=', kind)
    .where('value', '=', value)
    .execute();
  return rows.map((row) => row.endpoint_id);
}

/**
 * The endpoint that this is, or null. A machine id alone is not enough, since images are cloned with it: the name or
 * the hardware must be the same too. Names alone only find endpoints of which nothing but the name is known.
 */
async function match(tx: Tx, organisation: string, kinds: ReadonlyMap<Kind, string>): Promise<string | null> {
  const machine = kinds.get('machine_id');
  const name = kinds.get('host_name') ?? '';
  if (machine === undefined) {
    const row = await tx
      .selectFrom('endpoint')
      .select('id')
      .where('organisation', '=', organisation)
      .where('identity', '=', 'name_only')
      .where(sql<boolean>`lower(name) = ${name === '' ? UNNAMED : name}`)
      .orderBy('first_seen_at')
      .limit(1)
      .executeTakeFirst();
    return row?.id ?? null;
  }
  const machines = await withIdentity(tx, organisation, 'machine_id', machine);
  if (machines.length === 0) return null;
  const named = new Set(await withIdentity(tx, organisation, 'host_name', name));
  const same = machines.filter((id) => named.has(id));
  if (same[0] !== undefined) return same[0];
  const hardware = kinds.get('hardware_uuid');
  if (hardware === undefined) return null;
  const bodies = new Set(await withIdentity(tx, organisation, 'hardware_uuid', hardware));
  return machines.find((id) => bodies.has(id)) ?? null;
}

/**
 * Finds the endpoint of a scan or makes it; remembers all it said of itself. Clashes make two endpoints, never a
 * silent merge. Endpoints of one organisation are resolved one at a time, so that two scans of a new machine do not
 * make two of it.
 */
export async function resolveEndpoint(tx: Tx, organisation: string, claimed: ClaimedIdentity): Promise<EndpointRef> {
  await sql`select from organisation where id = ${organisation} for no key update`.execute(tx);
  const pairs = kindsOf(claimed);
  const kinds = new Map(pairs);
  const identity = kinds.has('machine_id') ? 'confirmed' : 'name_only';
  const found = await match(tx, organisation, kinds);
  const id = found ?? newId();
  const name = text(claimed.hostName?.trim() ?? '') || UNNAMED;
  const operatingSystem = claimed.operatingSystem === null ? null : text(claimed.operatingSystem);
  if (found === null) {
    await tx
      .insertInto('endpoint')
      .values({ organisation, id, name, operating_system: operatingSystem, identity })
      .execute();
  } else {
    await tx
      .updateTable('endpoint')
      .set({ name, operating_system: operatingSystem, last_seen_at: sql<Date>`now()` })
      .where('organisation', '=', organisation)
      .where('id', '=', id)
      .execute();
  }
  for (const [kind, value] of pairs) {
    await tx
      .insertInto('endpoint_identity')
      .values({ organisation, kind, value, endpoint_id: id, confidence: CONFIDENCE[kind] })
      .onConflict((conflict) =>
        conflict.columns(['organisation', 'kind', 'value', 'endpoint_id']).doUpdateSet({ seen_at: sql<Date>`now()` }),
      )
      .execute();
  }
  return { id, name, operatingSystem, identity };
}

export async function findEndpoint(db: Database | Tx, organisation: string, id: string): Promise<EndpointRef | null> {
  const row = await db
    .selectFrom('endpoint')
    .select(['id', 'name', 'operating_system as operatingSystem', 'identity'])
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return null;
  return { ...row, identity: row.identity === 'confirmed' ? 'confirmed' : 'name_only' };
}

/** Where an endpoint stands, as the API says it. */
export function standingResource(row: StandingRow): Answer<'listEndpoints'>['items'][number] {
  const { scanId, scanAt, families, firstSeenAt, lastSeenAt, ...rest } = row;
  return {
    ...rest,
    families: [...families],
    scan: scanId === null || scanAt === null ? null : { id: scanId, createdAt: scanAt.toISOString() },
    firstSeenAt: firstSeenAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
  };
}
