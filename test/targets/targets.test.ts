import assert from 'node:assert/strict';
import { access, mkdtemp, open, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildPayload, FAMILIES, VARIANTS, type VariantName } from './families.ts';
import { type Launched, launch } from './launch.ts';
import { buildProgram, type ProgramName } from './programs.ts';
import { packStages } from './stages.ts';

let folder = '';
const running: Launched[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'genehound-targets-'));
});
after(async () => {
  await Promise.all(running.map((one) => one.end()));
  await rm(folder, { recursive: true, force: true });
});

async function start(name: ProgramName, args: readonly string[], line?: string): Promise<Launched> {
  const one = await launch(await buildProgram(name), args, line === undefined ? {} : { line });
  running.push(one);
  return one;
}

interface MapLine {
  readonly from: bigint;
  readonly to: bigint;
  readonly protection: string;
  readonly path: string;
}

async function mapsOf(pid: number): Promise<MapLine[]> {
  const text = await readFile(`/proc/${pid}/maps`, 'utf8');
  return text.split('\n').flatMap((line) => {
    const found = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \S+ *(.*)$/.exec(line);
    if (found === null) return [];
    const [, from = '', to = '', protection = '', path = ''] = found;
    return [{ from: BigInt(`0x${from}`), to: BigInt(`0x${to}`), protection, path }];
  });
}

async function mapAt(pid: number, address: string | undefined): Promise<MapLine> {
  const at = BigInt(address ?? '0x0');
  const found = (await mapsOf(pid)).find((one) => one.from <= at && at < one.to);
  assert.ok(found, `nothing is mapped at ${address}`);
  return found;
}

/** The program counter of a thread in a system call, which /proc shows as the last field. */
async function programCounter(pid: number, tid: number): Promise<bigint> {
  for (;;) {
    const fields = (await readFile(`/proc/${pid}/task/${tid}/syscall`, 'utf8')).trim().split(' ');
    if (fields[0] !== 'running') return BigInt(fields.at(-1) ?? '0x0');
  }
}

async function assertThreadInside(pid: number, tid: number | undefined, map: MapLine): Promise<void> {
  assert.ok(tid);
  // It may still be on its way into the payload: wait for the place, not for a time.
  for (let tries = 0; tries < 10_000; tries++) {
    const pc = await programCounter(pid, tid);
    if (pc >= map.from && pc < map.to) return;
  }
  assert.fail('no thread executes in the payload');
}

test('every family computes the same in every variant', async () => {
  const host = await buildProgram('anonymous-rwx');
  for (const family of FAMILIES) {
    const checksums = new Set<string>();
    for (const variant of Object.keys(VARIANTS) as VariantName[]) {
      const payload = await buildPayload(family, variant, 'flat');
      const one = await launch(host, [payload]);
      checksums.add(one.ready.checksum ?? 'none');
      await one.end();
      const sizes = (await stat(payload)).size;
      assert.ok(sizes > 15_000 && sizes < 100_000, `${family} ${variant} has ${sizes} bytes`);
    }
    assert.equal(checksums.size, 1, `${family}: ${[...checksums].join(' ')}`);
  }
});

const ANONYMOUS = [
  ['anonymous-rwx', 'rwxp', ''],
  ['anonymous-rx', 'r-xp', ''],
  ['rw-then-rx', 'r-xp', ''],
  ['shared-anonymous', 'r-xs', '/dev/zero (deleted)'],
] as const;
for (const [name, protection, path] of ANONYMOUS) {
  test(`${name} holds the payload in ${protection} memory and a thread runs in it`, async () => {
    const one = await start(name, [await buildPayload('amber', 'fast', 'flat'), 'thread']);
    const map = await mapAt(one.ready.pid, one.ready.address);
    assert.deepEqual([map.protection, map.path], [protection, path]);
    await assertThreadInside(one.ready.pid, one.ready.tid, map);
  });
}

test('memfd-exec runs from a memfd and looks like a kernel thread', async () => {
  const one = await start('memfd-exec', [await buildPayload('amber', 'fast', 'program')]);
  assert.equal(await readlink(`/proc/${one.ready.pid}/exe`), '/memfd:kworkerx (deleted)');
  assert.match(await readFile(`/proc/${one.ready.pid}/cmdline`, 'utf8'), /^\[kworker\/1:2\]/);
});

test('memfd-dlopen maps a library that has no file', async () => {
  const one = await start('memfd-dlopen', [await buildPayload('basalt', 'fast', 'library')]);
  assert.equal((await mapAt(one.ready.pid, one.ready.address)).path, '/memfd:lib (deleted)');
});

test('deleted-executable and deleted-library have lost their files', async () => {
  const gone = join(folder, 'gone');
  const one = await start('deleted-executable', [await buildPayload('amber', 'plain', 'program'), gone]);
  assert.equal(await readlink(`/proc/${one.ready.pid}/exe`), `${gone} (deleted)`);
  const other = await start('deleted-library', [await buildPayload('amber', 'plain', 'library'), gone]);
  const map = await mapAt(other.ready.pid, other.ready.address);
  assert.deepEqual([map.path, map.protection], [`${gone} (deleted)`, 'r-xp']);
  await assert.rejects(access(gone));
});

test('ptrace-inject leaves code in the victim, which lives on', async (context) => {
  const payload = await buildPayload('basalt', 'plain', 'flat');
  for (const way of ['thread', 'rest'] as const) {
    const victim = await start('sleeper', []);
    const injector = await start('ptrace-inject', [String(victim.ready.pid), payload, way]).catch(
      (error: Error) => error,
    );
    if (injector instanceof Error) {
      if (process.getuid?.() === 0) throw injector;
      return context.skip(`this user may not trace other processes: ${injector.message}`);
    }
    const map = await mapAt(victim.ready.pid, injector.ready.address);
    assert.deepEqual([map.protection, map.path], ['r-xp', '']);
    if (way === 'thread') await assertThreadInside(victim.ready.pid, injector.ready.tid, map);
    const text = (await mapsOf(victim.ready.pid)).filter((one) => one.path.endsWith('/libc.so.6'));
    assert.ok(text.length > 0);
    await victim.end();
    // The waiting thread ends the whole process as it would have done without the visit.
    assert.equal(victim.child.exitCode, 0);
  }
});

test('multi-stage has nothing of its stages in its file, and both in memory: its loader, and the third in the victim', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('ptrace needs root here');
  const third = await buildPayload('amber', 'fast', 'flat');
  const packed = join(folder, 'packed');
  await packStages(third, packed);
  const victim = await start('sleeper', []);
  const one = await launch(packed, [String(victim.ready.pid)]);
  running.push(one);
  const planted = await mapAt(victim.ready.pid, one.ready.planted);
  const loader = await mapAt(one.ready.pid, one.ready.address);
  assert.deepEqual([planted.protection, planted.path, loader.protection, loader.path], ['r-xp', '', 'r-xp', '']);
  const memory = await open(`/proc/${victim.ready.pid}/mem`);
  const bytes = await readFile(third);
  const { buffer } = await memory.read(Buffer.alloc(bytes.length), 0, bytes.length, Number(planted.from));
  await memory.close();
  assert.ok(buffer.equals(bytes), 'the victim holds the third stage');
  assert.equal((await readFile(packed)).includes(bytes.subarray(0, 64)), false, 'the file does not show it');
});

test('patch-libc changes the bytes of a function in another process only', async (context) => {
  const victim = await start('sleeper', []);
  for (const way of [
    ['getlogin_r', 'bytes'],
    ['strfry', 'hook', '0x1122334455667788'],
  ]) {
    const patch = await start('patch-libc', [String(victim.ready.pid), ...way]).catch((error: Error) => error);
    if (patch instanceof Error) {
      if (process.getuid?.() === 0) throw patch;
      return context.skip(`this user may not write other processes' memory: ${patch.message}`);
    }
    assert.equal(patch.ready.victim, victim.ready.pid);
    const smaps = await readFile(`/proc/${victim.ready.pid}/smaps`, 'utf8');
    const text = smaps.split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/).find((one) => /r-xp .*libc\.so\.6/.test(one)) ?? '';
    assert.match(text, /\nAnonymous: +[1-9]\d* kB/);
  }
});

const CANARY = 'GHCANARY-0123456789abcdef';
const HEAPS = [
  ['plain', false, 'rw-p', 'rw-p'],
  ['implies-exec', false, 'rwxp', 'rw-p'],
  ['plain', true, 'rw-p', 'rwxp'],
] as const;
for (const [mode, executableStack, heap, stack] of HEAPS) {
  test(`canary-places ${mode}${executableStack ? ' with executable stack' : ''}`, async () => {
    const program = await buildProgram('canary-places', executableStack);
    const one = await launch(program, [join(folder, 'document'), mode], { line: CANARY });
    running.push(one);
    const { pid } = one.ready;
    const at = async (name: string): Promise<string> => (await mapAt(pid, String(one.ready[name]))).protection;
    assert.equal(await at('heap'), heap);
    assert.equal(await at('large'), heap);
    assert.equal(await at('stack'), stack);
    assert.equal(await at('document'), 'r-xp');
    assert.ok(!(await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes(CANARY));
  });
}

test('canary-beside-code still runs its code', async () => {
  const payload = await buildPayload('amber', 'labelled', 'flat');
  for (const way of ['pages', 'page', 'between', 'sparse']) {
    const one = await start('canary-beside-code', [payload, way], CANARY);
    assert.equal((await mapAt(one.ready.pid, one.ready.address)).protection, 'rwxp');
  }
});
