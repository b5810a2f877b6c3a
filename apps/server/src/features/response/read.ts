import type { Tx } from '../../platform/database.ts';
import { putCase, recordEvent } from './case-store.ts';

/** Who wrote a record that no person wrote. */
const SYSTEM = 'genehound';

/** A threat on an endpoint opens its case; one that was closed begins anew, so that no threat lies in a closed case. */
export async function openCase(tx: Tx, organisation: string, endpointId: string, why: string): Promise<void> {
  const { id, state, isNew } = await putCase(tx, organisation, endpointId, null);
  if (state === 'closed') await recordEvent(tx, organisation, id, { kind: 'state', value: 'new', by: SYSTEM });
  if (isNew || state === 'closed') await recordEvent(tx, organisation, id, { kind: 'comment', value: why, by: SYSTEM });
}
