/** Rows of unsigned 32-bit numbers that grow: one typed array per column, no object per row. */
export class Columns {
  #data: Uint32Array;
  readonly width: number;
  rows = 0;

  constructor(width: number, capacity: number) {
    this.width = width;
    this.#data = new Uint32Array(width * Math.max(16, capacity));
  }

  /** Adds a row of zeros and gives its first cell's index; `set` fills it. */
  add(): number {
    const at = this.rows * this.width;
    if (at + this.width > this.#data.length) {
      const bigger = new Uint32Array(this.#data.length * 2);
      bigger.set(this.#data);
      this.#data = bigger;
    }
    this.rows++;
    return at;
  }

  /** For a single column. */
  push(value: number): void {
    this.set(this.add(), value);
  }

  set(cell: number, value: number): void {
    this.#data[cell] = value;
  }

  column(index: number): Uint32Array {
    const out = new Uint32Array(this.rows);
    for (let i = 0, at = index; i < out.length; i++, at += this.width) out[i] = this.#data[at] ?? 0;
    return out;
  }
}
