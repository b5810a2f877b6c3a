import type { Feature } from '../../platform/feature.ts';

export interface StatusFacts {
  readonly version: string;
  readonly schema: number;
  readonly database: 'embedded' | 'external';
  /** False until workers run. */
  readonly ready: () => boolean;
}

export function status(facts: StatusFacts): Feature<'getStatus'> {
  const { version, schema, database } = facts;
  return {
    handlers: { getStatus: async () => ({ name: 'genehound', version, schema, database, ready: facts.ready() }) },
  };
}
