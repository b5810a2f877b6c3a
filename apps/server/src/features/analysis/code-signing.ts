import { GLOBAL_ORGANISATION } from '@genehound/contract';
import type { BlobStore, Log } from '@genehound/intake';
import { type Database, inTransaction } from '../../platform/database.ts';
import { ChildBroken } from './extraction/asking-child.ts';
import type { CatalogAnswer, FileAnswer } from './extraction/authenticode/messages.ts';
import { AuthenticodeReader } from './extraction/authenticode-reader.ts';
import { isExamined, openPairs, putExamination, putPair } from './signer-store.ts';

export interface CodeSigningContext {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly log: Log;
}

const PAIRS_AT_ONCE = 64;
const TRIES = 2;

async function* withHead(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** Looks at the signatures of files and catalogs, in a confined child, and keeps what it finds. */
export class CodeSigning {
  readonly #context: CodeSigningContext;
  readonly #reader = new AuthenticodeReader();

  constructor(context: CodeSigningContext) {
    this.#context = context;
  }

  /** Looks at an artifact whose bytes are stored, once. Of what is no program of Windows nothing is kept. */
  async examine(
    { organisation, sha256, layout }: { organisation: string; sha256: string; layout: string },
    size: number,
  ): Promise<void> {
    const { db } = this.#context;
    if (layout !== 'file' || organisation === GLOBAL_ORGANISATION) return;
    if (await isExamined(db, organisation, sha256)) return;
    const found = await this.#read(organisation, sha256, size);
    if (found === null) return;
    await inTransaction(db, (tx) => putExamination(tx, { organisation, sha256, ...found }));
    await this.settle(found.signatures.map(({ subject }) => subject));
  }

  /** What a catalog holds. Rejects with ChildBroken. */
  catalog(organisation: string, bytes: Buffer): Promise<CatalogAnswer> {
    const whole = async function* (): AsyncGenerator<Buffer> {
      yield bytes;
    };
    return this.#reader.catalog(organisation, whole(), bytes.length);
  }

  /** Finds out which publishers vouch for which signers of these names. Rejects with ChildBroken. */
  async settle(names: readonly (string | null)[]): Promise<void> {
    const { db } = this.#context;
    const subjects = [...new Set(names.filter((name) => name !== null))];
    if (subjects.length === 0) return;
    for (;;) {
      const pairs = await openPairs(db, subjects, PAIRS_AT_ONCE);
      if (pairs.length === 0) return;
      for (const pair of pairs) {
        const encoded = (chain: readonly Buffer[]): string[] => chain.map((der) => der.toString('base64'));
        const [answer] = await this.#reader.anchor(pair.organisation, {
          anchors: encoded(pair.certificates),
          signatures: [{ chain: encoded(pair.chain), stampChain: encoded(pair.stampChain) }],
        });
        if (answer !== undefined) await inTransaction(db, (tx) => putPair(tx, pair, answer));
      }
    }
  }

  close(): void {
    this.#reader.close();
  }

  /** null where the bytes are no program of Windows, or are not there. */
  async #read(organisation: string, sha256: string, size: number): Promise<FileAnswer | null> {
    const { blobs, log } = this.#context;
    for (let tries = 1; ; tries += 1) {
      const stream = await blobs.get({ organisation, sha256 });
      if (stream === null) return null;
      const chunks: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
      try {
        const { value: head, done } = await chunks.next();
        if (done === true || head.length < 2 || head.toString('latin1', 0, 2) !== 'MZ') return null;
        return await this.#reader.file(organisation, withHead(head, chunks), size);
      } catch (error) {
        if (!(error instanceof ChildBroken)) throw error;
        log.warn({ reason: error.message }, 'the child that verifies signatures broke');
        if (tries >= TRIES)
          return {
            digest: null,
            signatures: [],
            problems: [`Its signatures could not be looked at: ${error.message}`],
          };
      } finally {
        stream.destroy();
      }
    }
  }
}
