import { z } from 'zod';
import { sha256Text } from '../scan/common.ts';
import { LAYOUTS } from '../vocabulary.ts';

/** A rule (YARA) made of code that no other family has, to look for it with other programs. */

export const newVaccine = z.union([
  z.object({ family: z.string().min(1).max(200) }),
  z.object({ sha256: sha256Text, layout: z.enum(LAYOUTS).default('file') }),
]);
export const vaccine = z.object({
  /** The rule's name. */
  name: z.string(),
  text: z.string(),
  family: z.string().nullable(),
  /** What it was made of; each was looked at with the rule, and it matches. */
  sources: z.array(z.object({ sha256: sha256Text, layout: z.enum(LAYOUTS), sequences: z.int(), needed: z.int() })),
  /** Samples that gave no sequences, and why. */
  problems: z.array(z.string()),
});
