import { type Answer, AppError, type baseline, type LeftOutReason, type ScanReport } from '@genehound/contract';
import type { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { type DecisionItem, type DecisionOrder, decide, previewOrder, typesOf } from '../genome/read.ts';
import { findScan, readMissingPrivileges, readScanBody } from '../scans/read.ts';
import { softwareOf } from './software.ts';

type Seen = ScanReport['notTrusted'][number];
type Preview = Answer<'previewAcquittal'>;
export type Selection = z.output<typeof baseline.newAcquittal>;

const RESEMBLES = 3;

interface Review {
  readonly report: ScanReport;
  readonly refusal: string | null;
  readonly seen: ReadonlyMap<string, Seen>;
  readonly order: DecisionOrder;
  readonly leftOut: Preview['leftOut'];
}

const nameOf = ({ sha256, layout }: Pick<Seen, 'sha256' | 'layout'>): string => `${sha256}/${layout}`;

/** Why a scan does not tell what is on the endpoint, so that nothing should be trusted for it. */
async function refusalOf(
  { db }: Context,
  organisation: string,
  { scanId, coverage }: ScanReport,
): Promise<string | null> {
  const missing = await readMissingPrivileges(db, organisation, scanId);
  if (missing === null) return 'The scan does not say with which privileges it was made';
  if (missing.length > 0) return `The scan was made without full privileges: it lacked ${missing.join(', ')}`;
  const unread = coverage.processes.notRead.filter(({ reason }) => reason === 'no_privileges').length;
  return unread === 0 ? null : `The scan lacked the privileges to read ${unread} processes`;
}

/** What the scan itself says against trusting it; today's verdict may say more. */
function refusalOfSeen(seen: Seen): readonly [LeftOutReason, string] | null {
  const why = seen.why[0] ?? '';
  if (seen.verdict === 'malicious') return ['malicious', why];
  if (seen.findings.length > 0) return ['finding', `Found here: ${seen.findings.join(', ')}`];
  if (seen.verdict === 'suspicious') return ['suspicious', why];
  if (seen.layout === 'raw') return ['region', 'Memory without a file behind it is no software'];
  return null;
}

/**
 * The families of the software: a name that is taken by another type of family is told apart. Endpoints choose paths,
 * so a name alone never makes code part of a family that says something else.
 */
async function itemsOf(context: Context, organisation: string, all: readonly Seen[]): Promise<readonly DecisionItem[]> {
  const names = [...new Set(all.map((seen) => softwareOf(seen.path)))];
  const types = await typesOf(context.db, organisation, names);
  return all.map(({ sha256, layout, path }) => {
    const software = softwareOf(path);
    const taken = types.get(software.toLowerCase());
    const family = taken === undefined || taken === 'application' ? software : `${software} (acquitted)`;
    return { sha256, layout, family, type: 'application' };
  });
}

async function reviewOf(context: Context, { organisation }: Principal, scanId: string): Promise<Review> {
  const scan = await findScan(context.db, organisation, scanId);
  if (scan === null) throw new AppError('not_found', { what: 'The scan' });
  const body = await readScanBody(context.db, organisation, scanId);
  if (body === null) throw new AppError('conflict', { details: `The scan has no report yet: it is ${scan.state}` });
  const { report } = body;
  const open: Seen[] = [];
  const leftOut: Preview['leftOut'] = [];
  for (const seen of report.notTrusted) {
    const refusal = refusalOfSeen(seen);
    const { sha256, layout, path } = seen;
    if (refusal === null) open.push(seen);
    else leftOut.push({ sha256, layout, path, why: refusal[0], details: refusal[1] });
  }
  return {
    report,
    refusal: await refusalOf(context, organisation, report),
    seen: new Map(open.map((seen) => [nameOf(seen), seen])),
    order: {
      kind: 'acquit',
      basis: 'genes',
      reason: null,
      scanId,
      items: await itemsOf(context, organisation, open),
    },
    leftOut,
  };
}

function moduleOf(seen: Seen): Preview['groups'][number]['modules'][number] {
  const { sha256, layout, path, evidence } = seen;
  const families = evidence?.families ?? [];
  return {
    sha256,
    layout,
    path,
    genes: evidence?.geneCount ?? 0,
    resembles: families.slice(0, RESEMBLES).map(({ name, share }) => ({ family: name, share })),
  };
}

/** GET /api/v1/scans/:id/acquittal: what "Acquit endpoint" would do now. AppError not_found, conflict. */
export async function previewAcquittal(context: Context, principal: Principal, scanId: string): Promise<Preview> {
  const { report, refusal, seen, order, leftOut } = await reviewOf(context, principal, scanId);
  const now =
    order.items.length === 0
      ? { taken: [], leftOut: [] }
      : await previewOrder(context.db, principal.organisation, order);
  const groups = new Map<string, Preview['groups'][number]>();
  for (const item of now.taken) {
    const found = seen.get(nameOf(item));
    if (found === undefined) continue;
    const group = groups.get(item.family) ?? { software: item.family, modules: [] };
    group.modules.push(moduleOf(found));
    groups.set(item.family, group);
  }
  return {
    scanId,
    endpoint: { id: report.endpoint.id, name: report.endpoint.name },
    refusal,
    groups: [...groups.values()].sort((a, b) => a.software.localeCompare(b.software)),
    leftOut: [...leftOut, ...now.leftOut.map((item) => ({ ...item, path: seen.get(nameOf(item))?.path ?? null }))],
  };
}

/**
 * POST /api/v1/scans/:id/acquittal: trusts what was chosen of the preview, as one decision. AppError not_found;
 * conflict where the scan is no baseline, or nothing is left to acquit.
 */
export async function acquitScan(context: Context, principal: Principal, scanId: string, selection: Selection) {
  const { refusal, order } = await reviewOf(context, principal, scanId);
  if (refusal !== null) throw new AppError('conflict', { details: `It is no baseline. ${refusal}` });
  const { software, artifacts } = selection;
  const groups = new Set(software);
  const singles = new Set(artifacts?.map(nameOf));
  const all = software === undefined && artifacts === undefined;
  const items = order.items.filter((item) => all || groups.has(item.family) || singles.has(nameOf(item)));
  if (items.length === 0) throw new AppError('conflict', { details: 'There is nothing to acquit in this scan' });
  return await decide(context, principal, { ...order, items, reason: selection.reason ?? null });
}
