/** Runs one set-up of this clone at a time. */
export function withLock<T>(root: string, work: () => Promise<T>): Promise<T>;
