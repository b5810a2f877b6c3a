// Negative control: node with everything that makes executable memory: optimised functions, WebAssembly, a regular
// expression compiled to machine code, a worker. Says its pid and stays until stdin ends.
import { Worker } from 'node:worker_threads';

function mix(a, b) {
  let sum = a;
  for (let i = 0; i < 2000; i++) sum = (Math.imul(sum, 31) + (b ^ i)) | 0;
  return sum;
}
let total = 0;
for (let i = 0; i < 5000; i++) total = mix(total, i);
// (module (func (export "f") (param i32) (result i32) local.get 0 i32.const 3 i32.mul))
const bytes = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  6,
  1,
  96,
  1,
  127,
  1,
  127,
  3,
  2,
  1,
  0,
  7,
  5,
  1,
  1,
  102,
  0,
  0,
  10,
  9,
  1,
  7,
  0,
  32,
  0,
  65,
  3,
  108,
  11,
);
const { instance } = await WebAssembly.instantiate(bytes);
for (let i = 0; i < 100_000; i++) total ^= instance.exports.f(i);
const pattern = /(a+)(b|c)*d\1[^x]{2,5}$/u;
for (let i = 0; i < 20_000; i++) total += pattern.test(`aab${'c'.repeat(i % 7)}daa123`) ? 1 : 0;
const worker = new Worker(
  'let n = 0; for (let i = 0; i < 3e6; i++) n = (n * 31 + i) | 0; require("worker_threads").parentPort.on("message", () => 0).postMessage(n)',
  { eval: true },
);
worker.once('message', (n) => {
  process.stdout.write(`${JSON.stringify({ pid: process.pid, size: 0, checksum: String(total ^ n) })}\n`);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
