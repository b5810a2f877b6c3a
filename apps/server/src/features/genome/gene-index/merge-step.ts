/** The points between which a kill may come, in the order of a merge; `before-replace` is of a compaction. */
export const MERGE_STEPS = ['after-segment', 'after-sets', 'before-commit', 'after-commit', 'before-replace'] as const;
export type MergeStep = (typeof MERGE_STEPS)[number];

let watcher: ((step: MergeStep) => void) | null = null;

/** For the tests of durability: `watch` is called at each step of this thread's merges. */
export function watchSteps(watch: (step: MergeStep) => void): void {
  watcher = watch;
}

export function passing(step: MergeStep): void {
  watcher?.(step);
}
