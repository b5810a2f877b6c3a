import { z } from 'zod';
import { artifactRef, decided, leftOut } from './decisions.ts';
import { id } from './resources.ts';

/** What acquitting an endpoint would trust: the unknown modules of one scan, by the software they belong to. */

export const acquittalModule = artifactRef.extend({
  path: z.string().nullable(),
  genes: z.int(),
  /** Known families that share the most of its code. */
  resembles: z.array(z.object({ family: z.string(), share: z.number() })),
});

export const acquittalGroup = z.object({
  /** The software, as its path names it; the family that its code will belong to. */
  software: z.string(),
  modules: z.array(acquittalModule),
});

export const acquittalLeftOut = leftOut.extend({ path: z.string().nullable() });

export const acquittalPreview = z.object({
  scanId: id,
  endpoint: z.object({ id, name: z.string() }),
  /** Why this scan is no baseline; null where it may be one. */
  refusal: z.string().nullable(),
  groups: z.array(acquittalGroup),
  leftOut: z.array(acquittalLeftOut),
});

/** Nothing named: everything of the preview. */
export const newAcquittal = z.object({
  software: z.array(z.string().min(1).max(200)).max(10_000).optional(),
  artifacts: z.array(artifactRef).max(10_000).readonly().optional(),
  reason: z.string().min(1).max(1000).optional(),
});
export const acquitted = decided;
