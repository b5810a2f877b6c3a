/** Lets works of one key run one after another, in the order in which they came; those of other keys at once. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Resolves or rejects as `work` does; a failure of one leaves the next its turn. */
  async take(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(work);
    this.#last.set(key, mine);
    try {
      await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }

  /** Keys with a work that runs or waits. */
  get size(): number {
    return this.#last.size;
  }
}
