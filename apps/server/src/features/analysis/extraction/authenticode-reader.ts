import type { z } from 'zod';
import { AskingChild, ChildBroken } from './asking-child.ts';
import {
  ANSWER_LIMIT,
  type Anchored,
  type AnchorQuestion,
  ASK,
  anchored,
  type CatalogAnswer,
  catalogAnswer,
  type FileAnswer,
  fileAnswer,
} from './authenticode/messages.ts';
import { AUTHENTICODE_CHILD, type Confinement, confine } from './confinement.ts';

/** Milliseconds: hashing a megabyte takes 2. */
const timeLimit = (bytes: number): number => 30_000 + Math.ceil(bytes / 1_000);

/** Verifies signatures in a confined child, one after another. */
export class AuthenticodeReader {
  readonly #child: AskingChild;
  #owner = '';

  constructor(confinement: Confinement = confine(AUTHENTICODE_CHILD)) {
    this.#child = new AskingChild(confinement, ANSWER_LIMIT);
  }

  /** Signatures in a PE file of `owner`. `size`: bytes of the source, no more and no less. Rejects with ChildBroken. */
  file(owner: string, source: AsyncIterable<Buffer>, size: number): Promise<FileAnswer> {
    return this.#ask(owner, ASK.file, source, size, fileAnswer);
  }

  /** What a catalog names, and by whom it is signed. Rejects with ChildBroken. */
  catalog(owner: string, source: AsyncIterable<Buffer>, size: number): Promise<CatalogAnswer> {
    return this.#ask(owner, ASK.catalog, source, size, catalogAnswer);
  }

  /** Which chains end at one of the anchors, and when; in their order. Rejects with ChildBroken. */
  async anchor(owner: string, question: AnchorQuestion): Promise<Anchored> {
    const body = Buffer.from(JSON.stringify(question));
    const answer = await this.#ask(owner, ASK.anchor, [body], body.length, anchored);
    if (answer.length !== question.signatures.length) throw new ChildBroken('Its answer is not one');
    return answer;
  }

  close(): void {
    this.#child.close();
  }

  #ask<T extends z.ZodType>(
    owner: string,
    asked: number,
    source: Iterable<Buffer> | AsyncIterable<Buffer>,
    size: number,
    schema: T,
  ): Promise<z.output<T>> {
    return this.#child.next(async () => {
      // A child that read another owner's bytes goes, since it might have been taken over.
      if (owner !== this.#owner) this.#child.close();
      this.#owner = owner;
      const parsed = schema.safeParse(await this.#child.ask(asked, size, source, timeLimit(size)));
      if (parsed.success) return parsed.data;
      this.#child.close();
      throw new ChildBroken('Its answer is not one');
    });
  }
}
