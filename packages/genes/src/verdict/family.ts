import type { FamilyType, Scope } from '@genehound/contract';

/** A family as a verdict needs it. `number` is what the gene index stores in place of the id. */
export interface FamilyRef {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly type: FamilyType;
  readonly scope: Scope;
}

/** What a family's code speaks for. `tool` and `packer` neither accuse nor acquit by themselves. */
export type Leaning = 'malicious' | 'trusted' | 'tool' | 'packer';

const LEANINGS: Readonly<Record<FamilyType, Leaning>> = {
  malware: 'malicious',
  malicious_packer: 'malicious',
  administration_tool: 'tool',
  application: 'trusted',
  library: 'trusted',
  installer: 'trusted',
  interpreter: 'trusted',
  packer: 'packer',
};

export function leaningOf(type: FamilyType): Leaning {
  return LEANINGS[type];
}

/**
 * The same family known in both scopes is one origin: its genes stay unique to it, so that labelling a sample
 * again in the organisation never weakens what the global genome says.
 */
export function originOf(family: Pick<FamilyRef, 'name' | 'type'>): string {
  return `${family.type}:${family.name.toLowerCase()}`;
}
