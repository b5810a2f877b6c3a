import type { z } from 'zod';
import { AskingChild } from './asking-child.ts';
import { confine, SIGNATURE_CHILD } from './confinement.ts';
import { ANSWER_LIMIT, ASK, hitsAnswer, problemsAnswer, type RuleHit, type RuleText } from './rule-messages.ts';

/** Milliseconds: thousands of rules take seconds, on a busy machine ten times that; a megabyte takes 20. */
const LOAD_LIMIT = 300_000;
const scanLimit = (bytes: number): number => 20_000 + Math.ceil(bytes / 500);

/** Runs rules over artifacts in a confined child, one after another. */
export class RuleScanner {
  readonly #child = new AskingChild(confine(SIGNATURE_CHILD), ANSWER_LIMIT);

  /** Loads these rules in place of all others; answers which cannot be used. Rejects with ChildBroken. */
  load(rules: readonly RuleText[]): Promise<z.infer<typeof problemsAnswer>> {
    const body = Buffer.from(JSON.stringify(rules));
    return this.#child.next(async () => {
      this.#child.close();
      return problemsAnswer.parse(await this.#child.ask(ASK.load, body.length, [body], LOAD_LIMIT));
    });
  }

  /** Rules that match. `size`: bytes of the source, no more and no less. Rejects with ChildBroken. */
  scan(source: AsyncIterable<Buffer>, size: number): Promise<readonly RuleHit[]> {
    return this.#child.next(async () =>
      hitsAnswer.parse(await this.#child.ask(ASK.scan, size, source, scanLimit(size))),
    );
  }

  close(): void {
    this.#child.close();
  }
}
