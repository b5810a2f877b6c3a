import { type Advice, AppError } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import { findScan, readScanBody, type ScanBody } from '../scans/read.ts';
import { advise } from './advise.ts';
import { ATTRIBUTION } from './attack.table.ts';
import { caseFacts } from './case-facts.ts';
import { factsByName } from './families.ts';
import { spreadOf } from './spread-store.ts';
import { techniquesOf } from './techniques.ts';

/** Artifacts whose other endpoints are looked up. */
const MOST_SPREAD = 200;

/** AppError not_found, or conflict while there is no report. */
export async function judgedScan({ db }: Pick<Context, 'db'>, organisation: string, id: string): Promise<ScanBody> {
  const scan = await findScan(db, organisation, id);
  if (scan === null) throw new AppError('not_found', { what: 'The scan' });
  const body = await readScanBody(db, organisation, id);
  if (body === null) throw new AppError('conflict', { details: `The scan has no report yet: it is ${scan.state}` });
  return body;
}

function problemsOf(body: ScanBody, knowsStarters: boolean): string[] {
  const problems: string[] = [];
  const accused = body.report.notTrusted.some(({ verdict }) => verdict !== 'unknown');
  if (accused && !knowsStarters)
    problems.push('The scan does not say what starts by itself, so nothing can be said of what starts this code again');
  if (!body.report.coverage.complete)
    problems.push('The scan did not see everything; there may be more than these steps end');
  return problems;
}

/** What to do about a scan. */
export async function adviceOf(context: Pick<Context, 'db'>, organisation: string, body: ScanBody): Promise<Advice> {
  const facts = caseFacts(body);
  const { steps, leftOut } = advise(facts);
  const { endpoint, scanId, verdict, notTrusted, families } = body.report;
  const accused = notTrusted.filter((one) => one.verdict !== 'unknown').slice(0, MOST_SPREAD);
  const spread = await spreadOf(context.db, organisation, endpoint.id, accused);
  return {
    scanId,
    endpoint: { id: endpoint.id, name: endpoint.name },
    verdict,
    steps: [...steps],
    leftOut,
    techniques: [...techniquesOf(facts)],
    attribution: ATTRIBUTION,
    families: await factsByName(context, organisation, families),
    spread: spread.map((one) => ({
      ...one,
      firstSeenAt: one.firstSeenAt.toISOString(),
      lastSeenAt: one.lastSeenAt.toISOString(),
      shown: [...one.shown],
    })),
    problems: problemsOf(body, facts.knowsStarters),
  };
}
