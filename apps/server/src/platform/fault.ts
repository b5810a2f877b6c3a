/** The points at which a durability test may end the server. Each is passed in the code by `fault(name)`. */
export const FAULT_POINTS = [
  'blob:after-write',
  'blob:before-fsync',
  'blob:after-rename',
  'intake:before-commit',
  'intake:after-commit',
  'analysis:after-genome',
  'analysis:between-commit-and-index',
  'scan:before-verdict',
  'scan:after-verdict',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

let armed: { readonly point: string; left: number } | null = null;

/** `setting`: `name[:n]`, n from 1. Throws where the name is none of FAULT_POINTS: a misspelt test would pass. */
export function armFault(setting: string | null): void {
  armed = null;
  if (setting === null) return;
  const parts = /^(.*?)(?::(\d+))?$/.exec(setting);
  const point = parts?.[1] ?? '';
  if (!FAULT_POINTS.some((known) => known === point)) throw new Error(`There is no fault point ${point}`);
  armed = { point, left: Number(parts?.[2] ?? 1) };
}

/** Ends this process as a power cut would, where a test armed this point. */
export function fault(point: FaultPoint): void {
  if (armed === null || armed.point !== point) return;
  armed.left -= 1;
  if (armed.left > 0) return;
  process.kill(process.pid, 'SIGKILL');
  // SIGKILL is delivered when the call returns to user space on Linux; nothing after this line may run.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}
