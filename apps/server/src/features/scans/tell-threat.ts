import type { ScanVerdict } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import type { Tx } from '../../platform/database.ts';
import type { EndpointRef } from '../endpoints/read.ts';
import { notify } from '../notifications/read.ts';
import { openCase } from '../response/read.ts';
import type { EndedScan } from './conclude-store.ts';
import type { ScanRef } from './store.ts';

interface Judged {
  readonly verdict: ScanVerdict;
  readonly families: readonly string[];
  readonly endpoint: EndpointRef;
}

/**
 * Tells of a threat when a scan is judged, and when new knowledge finds one in a scan of the past; not when a scan that
 * was judged again stays what it was.
 */
export async function tellThreat(
  context: Pick<Context, 'jobs' | 'live'>,
  tx: Tx,
  ref: ScanRef,
  before: EndedScan,
  { verdict, families, endpoint }: Judged,
): Promise<void> {
  if (verdict !== 'infected' && verdict !== 'suspicious') return;
  const named = families.join(', ');
  if (before.verdict === verdict && before.families.join(', ') === named) return;
  const isPast = before.state === 'done';
  const what = named === '' ? '' : `: ${named}`;
  await openCase(tx, ref.organisation, endpoint.id, `Scan ${ref.id} is ${verdict}${what}`);
  context.live.publish(tx, ref.organisation, { kind: 'threat', scanId: ref.id, endpoint: endpoint.name, verdict });
  const when = isPast ? `was ${verdict} on ${before.createdAt.toISOString()}, as is known now` : `is ${verdict}`;
  await notify(context, tx, ref.organisation, {
    event: 'threat.found',
    severity: verdict === 'infected' ? 'critical' : 'warning',
    about: `threat:${ref.id}:${verdict}:${named}`,
    text: `${endpoint.name} ${when}${what}`,
    details: {
      scanId: ref.id,
      endpoint: { id: endpoint.id, name: endpoint.name },
      verdict,
      families,
      past: isPast,
      huntId: before.huntId,
      path: `/scans/${ref.id}`,
    },
    huntId: before.huntId,
  });
}
