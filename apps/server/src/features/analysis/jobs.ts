import { LAYOUTS, type Layout } from '@genehound/contract';
import { z } from 'zod';
import type { Queue } from '../../platform/jobs.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export interface AnalyseOrder {
  readonly organisation: string;
  readonly sha256: string;
  readonly layout: Layout;
}

/** Analyse one artifact: genes, verdict. Idempotent. */
export const ANALYSE: Queue<AnalyseOrder> = {
  name: 'analyse-artifact',
  data: z.object({ organisation: z.uuid(), sha256, layout: z.enum(LAYOUTS) }),
  retries: 4,
  // Eight artifacts of 150 MB that each take their whole time twice, in two children.
  seconds: 3_600,
};

export interface JudgedArtifacts {
  readonly organisation: string;
  readonly artifacts: readonly { readonly sha256: string; readonly layout: Layout }[];
}

/** These artifacts have a verdict, or another one than before. The scans feature works on it. */
export const ARTIFACT_JUDGED: Queue<JudgedArtifacts> = {
  name: 'artifact-judged',
  data: z.object({ organisation: z.uuid(), artifacts: z.array(z.object({ sha256, layout: z.enum(LAYOUTS) })) }),
  retries: 20,
  seconds: 900,
};

/** The code-sequence rules changed: run them over everything that is stored. */
export const SWEEP_SIGNATURES: Queue<{ readonly reason: string }> = {
  name: 'sweep-signatures',
  data: z.object({ reason: z.string() }),
  retries: 20,
  seconds: 86_400,
  coalesce: { key: () => 'all', seconds: 3 },
};

/** A scope reached another generation: judge again what its labels concern. */
export const REJUDGE: Queue<{ readonly scope: string }> = {
  name: 'rejudge',
  data: z.object({ scope: z.uuid() }),
  retries: 20,
  seconds: 3_600,
};

interface RulesOrder {
  /** Those of the release that orders it. */
  readonly rules: number;
}
const rulesOrder = z.object({ rules: z.int() });

/** Artifacts or scans are stored that older rules judged: judge them again. */
export const REJUDGE_RULES: Queue<RulesOrder> = {
  name: 'rejudge-rules',
  data: rulesOrder,
  retries: 20,
  seconds: 86_400,
  coalesce: { key: () => 'all', seconds: 2 },
};

/** No artifact is left that older rules judged. The scans feature judges the scans that are. */
export const RULES_JUDGED: Queue<RulesOrder> = {
  name: 'rules-judged',
  data: rulesOrder,
  retries: 20,
  seconds: 86_400,
  coalesce: { key: () => 'all', seconds: 1 },
};

export interface CodeSearchOrder {
  readonly organisation: string;
  readonly id: string;
}

/** A search over stored code goes on. One turn of some seconds is one job, so that searches go on beside each other. */
export const SEARCH_CODE: Queue<CodeSearchOrder> = {
  name: 'search-code',
  data: z.object({ organisation: z.uuid(), id: z.uuid() }),
  retries: 5,
  // One artifact of the largest size, over which a rule takes its whole time.
  seconds: 900,
  coalesce: { key: ({ organisation, id }) => `${organisation}/${id}`, seconds: 0 },
};
