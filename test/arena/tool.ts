import type { Machine } from '../harness/machine.ts';
import type { Planted, Technique } from './technique.ts';

/** What a tool says of one technique: found or not, and in its own words why, or what it could not look at. */
export interface Answer {
  readonly found: boolean;
  readonly says: string;
}

export interface Tool {
  readonly name: string;
  /** A sentence that says why it cannot run here; undefined where it can. */
  readonly missing: () => Promise<string | undefined>;
  readonly look: (machine: Machine, technique: Technique, planted: Planted) => Promise<Answer>;
}
