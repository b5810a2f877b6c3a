import { z } from 'zod';
import { FAMILY_TYPES } from '../vocabulary.ts';
import { id, time } from './resources.ts';

/** Code-sequence rules (YARA) with a family, for the whole installation. */

const ruleName = z.string().regex(/^[A-Za-z_]\w{0,127}$/);

export const newSignatures = z.object({
  /** Where they come from; they are withdrawn by it. */
  source: z.string().min(1).max(500),
  licence: z.string().min(1).max(200),
  attribution: z.string().min(1).max(1000),
  rules: z
    .array(
      z.object({
        /** As the rule's text has it. */
        name: ruleName,
        family: z.string().min(1).max(200),
        type: z.enum(FAMILY_TYPES).default('malware'),
        text: z.string().min(1).max(500_000),
      }),
    )
    .min(1)
    .max(500),
});
export const addedSignatures = z.object({
  added: z.int(),
  /** A rule of that name was there already and stays as it is. */
  known: z.int(),
  problems: z.array(z.object({ name: z.string(), problem: z.string() })),
});

export const signature = z.object({
  id,
  name: z.string(),
  family: z.string(),
  type: z.string(),
  sequences: z.int(),
  source: z.string(),
  licence: z.string(),
  attribution: z.string(),
  createdAt: time,
  createdBy: z.string(),
});
export const signatureQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: ruleName.optional(),
});
export const signatureList = z.object({ items: z.array(signature), nextCursor: z.string().nullable() });

export const signatureStatus = z.object({
  /** off: the library that runs rules does not load here. */
  state: z.enum(['none', 'on', 'off']),
  reason: z.string().nullable(),
  rules: z.int(),
  /** Artifacts of the organisation over which today's rules have not run yet. */
  pending: z.int(),
});

export const withdrawal = z.object({ source: z.string().min(1).max(500) });
export const withdrawn = z.object({ withdrawn: z.int() });
