/** What one check of this machine found. */
export interface Finding {
  readonly name: string;
  /** `warning`: it works, with less than there could be. */
  readonly state: 'ok' | 'warning' | 'failed';
  /** One sentence. */
  readonly what: string;
  /** What to do about it; null where nothing is to be done. */
  readonly next: string | null;
}

export const ok = (name: string, what: string): Finding => ({ name, state: 'ok', what, next: null });
export const warning = (name: string, what: string, next: string): Finding => ({ name, state: 'warning', what, next });
export const failed = (name: string, what: string, next: string): Finding => ({ name, state: 'failed', what, next });
