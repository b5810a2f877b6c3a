import type { Problem } from './types.ts';

/** Hostile input can have as many faults as it has bytes; the first few of them say enough. */
const MAX_PROBLEMS = 32;

export class ProblemList {
  readonly #list: Problem[] = [];

  add(code: string, message: string, at?: number): void {
    if (this.#list.length >= MAX_PROBLEMS) return;
    if (this.#list.some((p) => p.code === code && p.at === at)) return;
    this.#list.push(at === undefined ? { code, message } : { code, message, at });
  }

  list(): readonly Problem[] {
    return this.#list;
  }
}
