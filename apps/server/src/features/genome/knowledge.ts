import { totalmem } from 'node:os';
import { GLOBAL_ORGANISATION } from '@genehound/contract';
import {
  combineLabelSets,
  type FamilyRef,
  type GeneLabels,
  type GeneSet,
  type LabelSet,
  NO_LABELS,
} from '@genehound/genes';
import type { Log } from '@genehound/intake';
import type { Database } from '../../platform/database.ts';
import { BadIndex } from './gene-index/bad-index.ts';
import type { GeneIndex, NumberedSet } from './gene-index/gene-index.ts';
import { Merger } from './gene-index/merger.ts';
import { ResidentMemory } from './gene-index/resident-memory.ts';
import { IndexKeeper } from './index-keeper.ts';
import { familiesOf } from './label-store.ts';

/** What the labels say of an artifact's genes, and the generations that said so. */
export interface Knowing {
  readonly labels: GeneLabels;
  readonly globalGeneration: number;
  readonly organisationGeneration: number;
}

/** Bytes that all gene indexes may hold in memory: 12 a gene, so 130 million genes; at the most a quarter of the machine's. */
const LARGEST_INDEX_MEMORY = 1.5 * 2 ** 30;

const EMPTY: GeneIndex = {
  generation: 0,
  genes: 0,
  lookup: (genes) => new Uint32Array(genes.high.length),
  labelSet: () => ({ common: false, families: [] }),
};

interface Pairs {
  /** For each gene an index into `pairs`. */
  readonly set: Uint32Array;
  /** What the global genome and the organisation say; the first pair is of two empty sets. */
  readonly pairs: readonly (readonly [NumberedSet, NumberedSet])[];
}

/** Each distinct pair of sets once. Synchronous, so that one generation of each scope answers. */
function lookupPairs(genes: GeneSet, global: GeneIndex, organisation: GeneIndex): Pairs {
  const ofGlobal = global.lookup(genes);
  const ofOrganisation = organisation.lookup(genes);
  const set = new Uint32Array(ofGlobal.length);
  const pairs: (readonly [NumberedSet, NumberedSet])[] = [[global.labelSet(0), organisation.labelSet(0)]];
  const known = new Map<number, Map<number, number>>([[0, new Map([[0, 0]])]]);
  for (let i = 0; i < set.length; i++) {
    const [g, o] = [ofGlobal[i] ?? 0, ofOrganisation[i] ?? 0];
    if (g === 0 && o === 0) continue;
    const row = known.get(g) ?? new Map<number, number>();
    known.set(g, row);
    let pair = row.get(o);
    if (pair === undefined) {
      pair = pairs.length;
      row.set(o, pair);
      pairs.push([global.labelSet(g), organisation.labelSet(o)]);
    }
    set[i] = pair;
  }
  return { set, pairs };
}

/** The gene indexes of all scopes, and the families that their numbers stand for. */
export class Knowledge {
  readonly #data: string;
  readonly #db: Database;
  readonly #log: Log;
  readonly #merger = new Merger();
  readonly #memory = new ResidentMemory(Math.min(LARGEST_INDEX_MEMORY, totalmem() / 4));
  readonly #keepers = new Map<string, IndexKeeper>();
  readonly #families = new Map<number, FamilyRef>();

  constructor(data: string, db: Database, log: Log) {
    this.#data = data;
    this.#db = db;
    this.#log = log;
  }

  /** Brings one scope's index to the newest generation. */
  async catchUp(scope: string): Promise<void> {
    await this.#keeper(scope).catchUp();
  }

  /** Generation and number of genes of a scope's index, as it answers now. */
  async indexState(scope: string): Promise<{ readonly generation: number; readonly genes: number }> {
    const { generation, genes } = (await this.#opened(scope)).index ?? EMPTY;
    return { generation, genes };
  }

  /** What both scopes say of these genes, for one organisation. */
  async labelsOf(organisation: string, genes: GeneSet): Promise<Knowing> {
    try {
      return await this.#labelsOf(organisation, genes);
    } catch (error) {
      // Read whole when it was opened, damaged since.
      if (!(error instanceof BadIndex)) throw error;
      for (const scope of [GLOBAL_ORGANISATION, organisation]) {
        if (this.#keeper(scope).index !== null) await this.#keeper(scope).distrust(error.message);
      }
      return await this.#labelsOf(organisation, genes);
    }
  }

  async close(): Promise<void> {
    for (const keeper of this.#keepers.values()) await keeper.close();
    await this.#merger.close();
  }

  #keeper(scope: string): IndexKeeper {
    let keeper = this.#keepers.get(scope);
    if (keeper === undefined) {
      keeper = new IndexKeeper(scope, this.#data, this.#db, this.#merger, this.#memory, this.#log);
      this.#keepers.set(scope, keeper);
    }
    return keeper;
  }

  async #labelsOf(organisation: string, genes: GeneSet): Promise<Knowing> {
    const keepers = [await this.#opened(GLOBAL_ORGANISATION), await this.#opened(organisation)] as const;
    const [global, own] = [keepers[0].index ?? EMPTY, keepers[1].index ?? EMPTY];
    const generations = { globalGeneration: global.generation, organisationGeneration: own.generation };
    const { set, pairs } = lookupPairs(genes, global, own);
    await this.#loadFamilies(organisation, pairs);
    const sets = pairs.map(([g, o]) => combineLabelSets(this.#resolve(g), this.#resolve(o)));
    return { labels: { genes, set, sets }, ...generations };
  }

  /** The keeper of a scope, after its first look at the database. */
  async #opened(scope: string): Promise<IndexKeeper> {
    const keeper = this.#keeper(scope);
    await keeper.opened();
    return keeper;
  }

  async #loadFamilies(organisation: string, pairs: Pairs['pairs']): Promise<void> {
    const isMissing = (number: number): boolean => !this.#families.has(number);
    if (!pairs.some(([g, o]) => g.families.some(isMissing) || o.families.some(isMissing))) return;
    for (const { organisation: owner, ...family } of await familiesOf(this.#db, [GLOBAL_ORGANISATION, organisation])) {
      this.#families.set(family.number, {
        ...family,
        scope: owner === GLOBAL_ORGANISATION ? 'global' : 'organisation',
      });
    }
  }

  #resolve({ common, families }: NumberedSet): LabelSet {
    if (!common && families.length === 0) return NO_LABELS;
    return { common, families: families.flatMap((number) => this.#families.get(number) ?? []) };
  }
}
