import { COMMON, type FamilyRef, type GeneLabels, type GeneSet, type LabelSet, NO_LABELS } from '@genehound/genes';

/** Genes and the families that have them, in memory: what the server's gene index answers, for the bench alone. */
export class GeneTable {
  #high: Uint32Array;
  #low: Uint32Array;
  #set: Uint32Array;
  #count = 0;
  readonly #cap: number;
  /** 0 is no label, 1 is common. */
  readonly #sets: LabelSet[] = [NO_LABELS, COMMON];
  /** Set times 65,536 plus a family's number -> the set with that family in it. */
  readonly #joined = new Map<number, number>();
  readonly #interned = new Map<string, number>();

  /** A gene of more than `familiesPerGene` families is common. */
  constructor(familiesPerGene: number, capacity = 1 << 20) {
    this.#cap = familiesPerGene;
    this.#high = new Uint32Array(capacity);
    this.#low = new Uint32Array(capacity);
    this.#set = new Uint32Array(capacity);
  }

  /** What is learnt into the copy stays out of this table. */
  copy(): GeneTable {
    const made = new GeneTable(this.#cap, 1);
    made.#high = this.#high.slice();
    made.#low = this.#low.slice();
    made.#set = this.#set.slice();
    made.#count = this.#count;
    for (const set of this.#sets.slice(made.#sets.length)) made.#sets.push(set);
    for (const [key, set] of this.#joined) made.#joined.set(key, set);
    for (const [key, set] of this.#interned) made.#interned.set(key, set);
    return made;
  }

  get genes(): number {
    return this.#count;
  }

  learn({ high, low }: GeneSet, family: FamilyRef): void {
    for (let i = 0; i < high.length; i++) {
      if (this.#count * 2 > this.#set.length) this.#grow();
      const h = high[i] ?? 0;
      const l = low[i] ?? 0;
      const at = this.#find(h, l);
      const set = this.#set[at] ?? 0;
      if (set === 0) {
        this.#count++;
        this.#high[at] = h;
        this.#low[at] = l;
      }
      this.#set[at] = this.#join(set, family);
    }
  }

  labelsOf(genes: GeneSet): GeneLabels {
    const set = new Uint32Array(genes.high.length);
    const sets: LabelSet[] = [NO_LABELS];
    const local = new Map<number, number>([[0, 0]]);
    for (let i = 0; i < set.length; i++) {
      const found = this.#set[this.#find(genes.high[i] ?? 0, genes.low[i] ?? 0)] ?? 0;
      let index = local.get(found);
      if (index === undefined) {
        index = sets.push(this.#sets[found] ?? NO_LABELS) - 1;
        local.set(found, index);
      }
      set[i] = index;
    }
    return { genes, set, sets };
  }

  #find(high: number, low: number): number {
    const mask = this.#set.length - 1;
    let at = (high ^ (low << 7)) & mask;
    while ((this.#set[at] ?? 0) !== 0 && (this.#high[at] !== high || this.#low[at] !== low)) at = (at + 1) & mask;
    return at;
  }

  #join(set: number, family: FamilyRef): number {
    if (set === 1) return 1;
    const key = set * 65_536 + family.number;
    const known = this.#joined.get(key);
    if (known !== undefined) return known;
    const families = this.#sets[set]?.families ?? [];
    let joined = set;
    if (!families.some(({ number }) => number === family.number)) {
      const more = [...families, family].sort((a, b) => a.number - b.number);
      joined = more.length > this.#cap ? 1 : this.#intern(more);
    }
    this.#joined.set(key, joined);
    return joined;
  }

  #intern(families: readonly FamilyRef[]): number {
    const key = families.map(({ number }) => number).join();
    const known = this.#interned.get(key);
    if (known !== undefined) return known;
    const made = this.#sets.push({ common: false, families }) - 1;
    this.#interned.set(key, made);
    return made;
  }

  #grow(): void {
    const [high, low, set] = [this.#high, this.#low, this.#set];
    const size = set.length * 2;
    this.#high = new Uint32Array(size);
    this.#low = new Uint32Array(size);
    this.#set = new Uint32Array(size);
    for (let i = 0; i < set.length; i++) {
      const found = set[i] ?? 0;
      if (found === 0) continue;
      const at = this.#find(high[i] ?? 0, low[i] ?? 0);
      this.#high[at] = high[i] ?? 0;
      this.#low[at] = low[i] ?? 0;
      this.#set[at] = found;
    }
  }
}
