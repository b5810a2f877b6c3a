// Work for V8's compilers: which functions run, and with what shapes, follows from the argument.
const seed = Number(process.argv[2] ?? 1);
let state = seed;
const random = () => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
  return state / 0x7fff_ffff;
};

const tasks = [
  (n) => Array.from({ length: n }, (_, i) => ({ x: i, y: String(i) })).reduce((sum, { x, y }) => sum + x * y.length, 0),
  (n) => JSON.parse(JSON.stringify({ list: Array.from({ length: n }, (_, i) => i ** 2) })).list.length,
  (n) => Array.from({ length: n }, () => random()).sort((a, b) => a - b)[n >> 1] ?? 0,
  (n) => [...'ab-12 cd-34 '.repeat(n).matchAll(/(\w+)-(\d+)/g)].length,
  (n) => new Map(Array.from({ length: n }, (_, i) => [`k${i % 97}`, i])).size,
  (n) => new Float64Array(n).map((_, i) => Math.sin(i) * Math.sqrt(i)).reduce((a, b) => a + b, 0),
  (n) => new Uint32Array(n).map((_, i) => Math.imul(i, 2_654_435_761) >>> 7).reduce((a, b) => a ^ b, 0),
  (n) =>
    'lorem ipsum dolor'
      .repeat(n)
      .split(' ')
      .map((word) => word.toUpperCase())
      .join('').length,
  (n) => {
    class Node {
      constructor(value) {
        this.value = value;
        this.next = null;
      }
    }
    let head = null;
    for (let i = 0; i < n; i++) head = Object.assign(new Node(i), { next: head });
    let sum = 0;
    for (let at = head; at !== null; at = at.next) sum += at.value;
    return sum;
  },
  (n) => Number(BigInt(n) ** 9n % 1_000_003n),
].filter(() => random() < 0.6);

setInterval(() => {
  for (let i = 0; i < 60; i++) for (const task of tasks) task(200 + i);
}, 5);
