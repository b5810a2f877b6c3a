import { z } from 'zod';
import { sha256Text } from './scan/common.ts';
import { LAYOUTS } from './vocabulary.ts';

/** One stage on the way of code into a process. Names, paths and pids are the endpoint's word. */
const stage = z.object({
  kind: z.enum(['autorun', 'task', 'file', 'process', 'memory']),
  /** Path of a file or a process's program, name of an entry, address of memory. */
  name: z.string(),
  pid: z.int().nullable(),
  sha256: sha256Text.nullable(),
});
export type OriginStage = z.infer<typeof stage>;

/**
 * How one stage led to the next. `seen`: the scan shows it; `inferred`: it fits what the scan shows, and something else
 * may have been the cause.
 */
export const originLink = z.object({
  from: stage,
  to: stage,
  certainty: z.enum(['seen', 'inferred']),
  why: z.string(),
});
export type OriginLink = z.infer<typeof originLink>;

/**
 * Code that came into a process by way of another one, from its beginning on: each link ends where the next one
 * begins.
 */
export const originChain = z.object({
  /** The code at its end. */
  sha256: sha256Text,
  layout: z.enum(LAYOUTS),
  verdict: z.enum(['suspicious', 'malicious']),
  families: z.array(z.string()),
  links: z.array(originLink),
  /** Links that nobody saw. */
  inferred: z.int(),
  /** Other processes that may as well have been the source where a link is inferred. */
  alternatives: z.int(),
});
