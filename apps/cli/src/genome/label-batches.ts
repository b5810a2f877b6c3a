import type { Client } from '@genehound/contract';
import { FamilyConflict, labelSamples, type Sample, type Target } from './label-samples.ts';

export interface LabelCounts {
  added: number;
  known: number;
  /** One sentence each. */
  readonly problems: string[];
}

/** Samples of one family that are sent together, and bytes that wait in memory, of all families. */
const BATCH_FILES = 256;
const BATCH_BYTES = 48 * 2 ** 20;

interface Waiting {
  readonly target: Target;
  readonly samples: Sample[];
  /** Of the samples, in memory. */
  bytes: number;
}

/**
 * Gathers samples by family and labels them in batches, one batch on its way while the next is gathered. A family that
 * is there with another type costs its own samples and one sentence; a server that is gone ends the whole.
 */
export class LabelBatches {
  readonly #client: Client;
  readonly #counts: LabelCounts;
  readonly #waiting = new Map<string, Waiting>();
  readonly #refused = new Map<string, { readonly why: string; samples: number }>();
  readonly #conflict: 'counts' | 'ends';
  #bytes = 0;
  #sending: Promise<void> = Promise.resolve();

  /** `counts`: what is added up as batches arrive. `conflict`: whether a family of another type ends the whole. */
  constructor(client: Client, counts: LabelCounts, conflict: 'counts' | 'ends' = 'counts') {
    this.#client = client;
    this.#counts = counts;
    this.#conflict = conflict;
  }

  /** `held`: bytes of the sample that stay in memory until it is sent. */
  async add(target: Target, sample: Sample, held = 0): Promise<void> {
    const key = `${target.type}:${target.family}`;
    const refused = this.#refused.get(key);
    if (refused !== undefined) {
      refused.samples += 1;
      return;
    }
    const batch = this.#waiting.get(key) ?? { target, samples: [], bytes: 0 };
    this.#waiting.set(key, batch);
    batch.samples.push(sample);
    batch.bytes += held;
    this.#bytes += held;
    if (this.#bytes > BATCH_BYTES) await this.#flush([...this.#waiting.keys()]);
    else if (batch.samples.length >= BATCH_FILES) await this.#flush([key]);
  }

  /** Sends what still waits; resolves when all of it is labelled. */
  async finish(): Promise<void> {
    await this.#flush([...this.#waiting.keys()]);
    await this.#sending;
    for (const { why, samples } of this.#refused.values())
      this.#counts.problems.push(`${why}: ${samples} samples of it were left out`);
    this.#refused.clear();
  }

  async #flush(keys: readonly string[]): Promise<void> {
    await this.#sending;
    const batches = keys.flatMap((key) => this.#waiting.get(key) ?? []);
    for (const key of keys) this.#waiting.delete(key);
    for (const { bytes } of batches) this.#bytes -= bytes;
    this.#sending = this.#send(batches);
    // Awaited by the next flush; until then a failure must not count as unhandled.
    this.#sending.catch(() => undefined);
  }

  async #send(batches: readonly Waiting[]): Promise<void> {
    for (const { target, samples } of batches) {
      try {
        const { added, known, problems } = await labelSamples(this.#client, target, samples);
        this.#counts.added += added.length;
        this.#counts.known += known.length;
        this.#counts.problems.push(...problems);
      } catch (error) {
        if (!(error instanceof FamilyConflict) || this.#conflict === 'ends') throw error;
        this.#refused.set(`${target.type}:${target.family}`, { why: error.message, samples: samples.length });
      }
    }
  }
}
