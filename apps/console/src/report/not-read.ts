import { type Answer, NOT_READ_REASONS, type NotReadReason } from '@genehound/contract';

export type NotRead = Answer<'getScanReport'>['coverage']['processes']['notRead'][number];

export interface NotReadGroup {
  readonly reason: NotReadReason;
  /** Whether it makes the scan incomplete. */
  readonly incomplete: boolean;
  readonly processes: readonly NotRead[];
}

/**
 * How many processes were read, of how many that have memory to read: kernel threads have none, and would make
 * every complete scan look like half of one.
 */
export function readable(coverage: Answer<'getScanReport'>['coverage']): {
  readonly read: number;
  readonly of: number;
} {
  const { seen, read, notRead } = coverage.processes;
  const without = notRead.filter((one) => one.reason === 'kernel_thread').length;
  return { read, of: Math.max(read, seen - without) };
}

/** Groups by reason: what makes a scan incomplete first, then in the contract's order of reasons. */
export function groupNotRead(all: readonly NotRead[]): readonly NotReadGroup[] {
  const groups = [true, false].flatMap((incomplete) =>
    NOT_READ_REASONS.map((reason) => ({
      reason,
      incomplete,
      processes: all.filter((one) => one.reason === reason && one.incomplete === incomplete),
    })),
  );
  return groups.filter((group) => group.processes.length > 0);
}
