import { z } from 'zod';
import { FINDING_KINDS } from '../vocabulary.ts';
import { id, time } from './resources.ts';

/** Searches of unknown code that are kept, and tell of what they find from then on (event search.hit). */

const searchFilter = z
  .strictObject({
    /** A part of the path, or of the family that it resembles, in any case. */
    search: z.string().min(1).max(500).optional(),
    finding: z.enum(FINDING_KINDS).optional(),
    maxEndpoints: z.int().min(1).max(1_000_000_000).optional(),
  })
  .refine((filter) => Object.values(filter).some((value) => value !== undefined), { message: 'Name what to look for' });
export const newSearch = z.object({ name: z.string().trim().min(1).max(200), filter: searchFilter });
export const savedSearch = z.object({
  id,
  name: z.string(),
  filter: searchFilter,
  createdBy: z.string(),
  createdAt: time,
  /** Clusters that it ever found. */
  hits: z.int(),
  lastHitAt: time.nullable(),
});
export const searchList = z.object({ items: z.array(savedSearch) });
