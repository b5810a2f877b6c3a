import type { Machine } from '../harness/machine.ts';
import type { FamilyName, PayloadForm, VariantName } from '../targets/families.ts';

/** What a technique left where: pids as the machine numbers them. */
export interface Planted {
  readonly pids: readonly number[];
}

export interface Technique {
  /** Unique, kebab-case: the name of its file. */
  readonly name: string;
  /** What real threats do that it imitates, in a sentence. */
  readonly imitates: string;
  readonly family: FamilyName;
  readonly variant: VariantName;
  /** Plants it on a machine of its own. `payload` builds the family's code in a form. */
  readonly plant: (machine: Machine, payload: (form: PayloadForm) => Promise<string>) => Promise<Planted>;
}
