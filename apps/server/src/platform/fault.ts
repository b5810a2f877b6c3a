/** The points at which a durability test may end the server. Each is passed in the code by `fault(name)`. */
export const FAULT_POINTS = [
  'blob:after-write',
  'blob:before-fsync',
  'blob:after-rename',
  'intake:before-commit',
  'intake:after-commit',
  'analysis:after-genome',
  'analysis:between-commit-and-index',
  'analysis:between-rejudged',
  'scan:before-verdict',
  'scan:after-verdict',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

interface Fault {
  readonly point: FaultPoint;
  /** Passes until it strikes. */
  readonly passes: number;
}

let armed: { readonly point: string; left: number } | null = null;

/** `setting`: `name[:n]`, n from 1. Throws where the name is none of FAULT_POINTS: a misspelt test would pass. */
export function readFault(setting: string | null): Fault | null {
  if (setting === null) return null;
  const parts = /^(.*?)(?::(\d+))?$/.exec(setting);
  const point = FAULT_POINTS.find((known) => known === parts?.[1]);
  if (point === undefined) throw new Error(`There is no fault point ${setting}`);
  return { point, passes: Number(parts?.[2] ?? 1) };
}

/** From now on the fault strikes. The server arms it once it is ready, so that its start is not what dies. */
export function armFault(fault: Fault | null): void {
  armed = fault === null ? null : { point: fault.point, left: fault.passes };
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
