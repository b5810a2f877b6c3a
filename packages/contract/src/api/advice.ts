import { z } from 'zod';
import { sha256Text } from '../scan/common.ts';
import { FINDING_KINDS, LAYOUTS, PUBLIC_SCAN_VERDICTS } from '../vocabulary.ts';
import { familyFacts } from './cases.ts';
import { id, time } from './resources.ts';

/** What to do about a scan, each step with its reason and the evidence it follows from. Names are the endpoint's word. */

/** In the order in which they are to be done. */
const STEP_KINDS = ['isolate', 'save', 'stop', 'disable', 'remove', 'rotate', 'review'] as const;

const adviceEvidence = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('artifact'), sha256: sha256Text, layout: z.enum(LAYOUTS) }),
  z.object({ kind: z.literal('process'), pid: z.int(), path: z.string().nullable() }),
  z.object({ kind: z.literal('finding'), finding: z.enum(FINDING_KINDS), pid: z.int(), address: z.string() }),
  z.object({ kind: z.literal('autorun'), entry: z.string(), value: z.string().nullable() }),
  z.object({ kind: z.literal('task'), name: z.string() }),
]);
export type AdviceEvidence = z.infer<typeof adviceEvidence>;

const adviceStep = z.object({
  kind: z.enum(STEP_KINDS),
  /** The exact thing: a host name, a path, an entry, an account. */
  target: z.string(),
  pid: z.int().nullable(),
  reason: z.string(),
  /** What to mind while doing it; null where nothing is known. */
  caution: z.string().nullable(),
  evidence: z.array(adviceEvidence),
});
export type AdviceStep = z.infer<typeof adviceStep>;

/** A technique of MITRE ATT&CK that what was seen is an instance of, or fits. */
const technique = z.object({
  id: z.string().regex(/^T\d{4}(\.\d{3})?$/),
  name: z.string(),
  url: z.url(),
  /** Why it is named: what the scan showed. */
  because: z.string(),
});
export type AttackTechnique = z.infer<typeof technique>;

/** The very same code on other endpoints. */
const spread = z.object({
  sha256: sha256Text,
  layout: z.enum(LAYOUTS),
  firstSeenAt: time,
  lastSeenAt: time,
  /** Other endpoints that had it, in all. */
  endpoints: z.int(),
  /** The 50 that had it last. */
  shown: z.array(z.object({ id, name: z.string(), scanId: id })),
});

export const advice = z.object({
  scanId: id,
  endpoint: z.object({ id, name: z.string() }),
  verdict: z.enum(PUBLIC_SCAN_VERDICTS),
  steps: z.array(adviceStep),
  /** Steps beyond those that are shown. */
  leftOut: z.int(),
  techniques: z.array(technique),
  /** Whose names and ids the techniques are. */
  attribution: z.string(),
  /** What this organisation's people wrote down about the families that the scan names. */
  families: z.array(familyFacts.extend({ id, name: z.string() })),
  spread: z.array(spread),
  /** What could not be said, one sentence each. */
  problems: z.array(z.string()),
});
export type Advice = z.infer<typeof advice>;
