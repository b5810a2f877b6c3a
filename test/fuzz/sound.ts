import assert from 'node:assert/strict';
import type { Image } from '@genehound/binary';
import type { Genome } from '@genehound/genes';

const MOST_PROBLEMS = 40;

/** What holds of the structure of any bytes: ranges ascend, do not overlap, and lie inside. */
export function assertSoundImage(image: Image, size: number): void {
  let end = 0;
  let total = 0;
  for (const range of image.code) {
    assert.ok(range.size > 0 && range.offset >= 0 && range.offset + range.size <= size, 'a range outside the bytes');
    assert.ok(range.rva >= end, 'ranges that overlap');
    end = range.rva + range.size;
    total += range.size;
  }
  assert.ok(total <= size, 'more code than bytes');
  const { rvas, sizes } = image.functions;
  assert.equal(rvas.length, sizes.length);
  for (let i = 1; i < rvas.length; i++) assert.ok((rvas[i] ?? 0) > (rvas[i - 1] ?? 0), 'starts that do not ascend');
  if (image.cli !== undefined) assertSoundMethods(image, size);
  assert.ok(image.problems.length <= MOST_PROBLEMS, 'problems without end');
}

function assertSoundMethods({ cli, code }: Image, size: number): void {
  let end = 0;
  let total = 0;
  cli?.rvas.forEach((rva, i) => {
    const length = cli.sizes[i] ?? 0;
    assert.ok(rva >= end, 'methods that overlap');
    end = rva + length;
    total += length;
    assert.ok((cli.offsets[i] ?? 0) + length <= size, 'a method outside the bytes');
    for (const range of code)
      assert.ok(rva >= range.rva + range.size || end <= range.rva, 'a method that is code, too');
  });
  assert.ok(total <= size, 'more methods than bytes');
}

/** What holds of the genes of any bytes: blocks ascend and lie in their functions, calls name functions. */
export function assertSoundGenome(genome: Genome, size: number): void {
  const { blockRva, blockSize, blockFunction, functionRva, functionSize, callCaller, callCallee } = genome;
  for (let i = 0; i < blockRva.length; i++) {
    const [rva = 0, owner = 0] = [blockRva[i], blockFunction[i]];
    assert.ok(i === 0 || rva > (blockRva[i - 1] ?? 0), 'blocks that do not ascend');
    assert.ok(owner < functionRva.length, 'a block of no function');
    const start = functionRva[owner] ?? 0;
    assert.ok(rva >= start && rva + (blockSize[i] ?? 0) <= start + (functionSize[owner] ?? 0), 'a block outside');
  }
  for (let i = 0; i < callCaller.length; i++) {
    const [caller = 0, callee = 0] = [callCaller[i], callCallee[i]];
    assert.ok(caller < functionRva.length && callee < functionRva.length && caller !== callee, 'a call of nothing');
    const [before = 0, beforeCallee = 0] = [callCaller[i - 1], callCallee[i - 1]];
    assert.ok(i === 0 || caller > before || (caller === before && callee > beforeCallee), 'calls that do not ascend');
  }
  assert.ok(genome.codeBytes <= size && genome.instructions <= size, 'more code than bytes');
}
