import type { BlobStore, Log } from '@genehound/intake';
import { type Database, inTransaction } from '../../platform/database.ts';

import type { ArtifactKey } from './analysis-store.ts';
import { ChildBroken } from './extraction/asking-child.ts';
import type { RuleProblem, RuleText } from './extraction/rule-messages.ts';
import { RuleScanner } from './extraction/rule-scanner.ts';
import { putHits, rulesVersion, standingRules } from './signature-store.ts';

export interface SignaturesContext {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly log: Log;
}

/** Runs the installation's code-sequence rules over artifacts, in a confined child. */
export class Signatures {
  readonly #context: SignaturesContext;
  readonly #scanner = new RuleScanner();
  /** The version whose rules the child has; 0 is that of no rules. */
  #loaded = 0;
  #off: string | null = null;

  constructor(context: SignaturesContext) {
    this.#context = context;
  }

  /** Why no rule can be run here, as the last try said; null where they can, or nothing was tried. */
  get off(): string | null {
    return this.#off;
  }

  /** Which of these rules cannot be used, tried in a child of their own. Rejects with ChildBroken. */
  async check(rules: readonly RuleText[]): Promise<readonly RuleProblem[]> {
    const scanner = new RuleScanner();
    try {
      return await scanner.load(rules);
    } finally {
      scanner.close();
    }
  }

  /**
   * Runs today's rules over an artifact whose bytes are stored, and keeps what they found. True where that is something
   * else than before. Where the library does not load nothing is kept: the artifact is still to be examined.
   */
  async examine(key: ArtifactKey, size: number): Promise<boolean> {
    const { db, log } = this.#context;
    for (let tries = 1; ; tries += 1) {
      try {
        const version = await this.#load();
        if (version === 0) return false;
        const source = await this.#context.blobs.get(key);
        if (source === null) return false;
        const hits = await this.#scanner.scan(source, size);
        return await inTransaction(db, (tx) => putHits(tx, key, version, hits, null));
      } catch (error) {
        if (!(error instanceof ChildBroken)) throw error;
        const isLoading = this.#off !== null;
        this.#loaded = 0;
        log.warn({ reason: error.message, layout: key.layout }, isLoading ? 'signatures are off' : 'rules broke');
        if (isLoading) return false;
        if (tries < 2) continue;
        const version = await rulesVersion(db);
        return await inTransaction(db, (tx) =>
          putHits(tx, key, version, [], `The rules broke twice: ${error.message}`),
        );
      }
    }
  }

  close(): void {
    this.#scanner.close();
  }

  /** Gives the child the present rules. Answers their version, 0 where there is none. */
  async #load(): Promise<number> {
    const { db } = this.#context;
    const version = await rulesVersion(db);
    if (version === this.#loaded) return version;
    const rules = await standingRules(db);
    this.#off = 'The library that runs rules did not load';
    const problems = await this.#scanner.load(rules);
    this.#off = null;
    for (const { name, problem } of problems) this.#context.log.warn({ rule: name, problem }, 'a rule cannot be used');
    this.#loaded = version;
    return version;
  }
}
