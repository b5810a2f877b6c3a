import { Readable } from 'node:stream';
import { GLOBAL_ORGANISATION } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import { storeSample } from './samples.ts';
import { TEST_THREAT_FAMILY, TEST_THREAT_SETS, testThreatCode } from './test-threat.gen.ts';

/**
 * Labels the harmless test threat, for each instruction set, as malware of the global genome, so that any administrator can see the whole chain
 * work on any endpoint. Idempotent.
 */
export async function labelTestThreat(context: Context): Promise<void> {
  for (const instructionSet of TEST_THREAT_SETS) {
    const code = testThreatCode(instructionSet);
    const spooled = await context.spool.receive(Readable.from([Buffer.from(code)]), code.length);
    await storeSample(context, {
      organisation: GLOBAL_ORGANISATION,
      actor: 'genehound',
      query: { family: TEST_THREAT_FAMILY, type: 'malware', scope: 'global', layout: 'raw', source: 'genehound' },
      spooled,
    });
  }
}
