import type { Layout } from '@genehound/contract';
import { confine } from './confinement.ts';
import { Extractor, type Outcome, type Source } from './extractor.ts';

/** What the pool has to say. */
export interface PoolReport {
  /** Something that this system cannot take away from the children; at the start. */
  lacking(sentence: string): void;
  /** A child ended by itself or had to be ended. */
  broken(reason: string, lastWords: string): void;
}

/** Several children, each with one artifact; more artifacts wait in their order. */
export class ExtractorPool {
  readonly #idle: Extractor[];
  readonly #all: readonly Extractor[];
  readonly #queue: ((extractor: Extractor) => void)[] = [];
  #isClosed = false;

  constructor(children: number, report: PoolReport) {
    const confinement = confine();
    for (const lack of confinement.lacking) report.lacking(lack);
    this.#all = Array.from({ length: children }, () => new Extractor(confinement, report.broken));
    this.#idle = [...this.#all];
  }

  /**
   * Extracts in a free child; once more in a new one where the first broke. null where there are no bytes. Throws
   * where the pool was closed meanwhile: that says nothing of the artifact. `owner`: whose bytes they are; no child
   * reads those of two owners.
   */
  async extract(source: Source, layout: Layout, owner: string): Promise<Outcome | null> {
    const extractor = await this.#take(owner);
    try {
      // Whoever needs one reads artifacts, and more come or another owner's: the next child is ready for them.
      if (!this.#isClosed) this.#idle.find(({ hasRead }) => !hasRead)?.prepare();
      extractor.serve(owner);
      const first = await this.#once(extractor, source, layout);
      return first?.kind === 'broken' ? await this.#once(extractor, source, layout) : first;
    } finally {
      const next = this.#queue.shift();
      if (next === undefined) this.#idle.push(extractor);
      else next(extractor);
    }
  }

  /** Ends the children, also at work. */
  close(): void {
    this.#isClosed = true;
    for (const extractor of this.#all) extractor.close();
  }

  async #once(extractor: Extractor, source: Source, layout: Layout): Promise<Outcome | null> {
    if (this.#isClosed) throw new Error('The server stops');
    const outcome = await extractor.extract(source, layout);
    if (this.#isClosed && outcome?.kind === 'broken') throw new Error('The server stops');
    return outcome;
  }

  /** One that read for this owner already, if there is one, or for none: its child can stay. */
  #take(owner: string): Promise<Extractor> {
    const fitting = this.#idle.findIndex((extractor) => extractor.owner === owner && extractor.hasRead);
    const place = fitting < 0 ? this.#idle.findIndex(({ hasRead }) => !hasRead) : fitting;
    const [idle] = this.#idle.splice(place, 1);
    if (idle !== undefined) return Promise.resolve(idle);
    return new Promise((resolve) => this.#queue.push(resolve));
  }
}
