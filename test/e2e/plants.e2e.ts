import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FindingKind, ScanReport } from '@genehound/contract';
import { type Machine, openMachine } from '../harness/machine.ts';
import { needsRoot, rootPrefix } from '../harness/privilege.ts';
import { scan, scannerPath } from '../harness/scanner.ts';
import { labelMalware, makeDataDirectory, makeScanKey, type Server, startServer } from '../harness/server.ts';
import { until } from '../harness/until.ts';
import { buildPayload, type FamilyName, type PayloadForm, type VariantName } from '../targets/families.ts';
import type { LaunchOptions } from '../targets/launch.ts';
import { buildProgram, type ProgramName } from '../targets/programs.ts';
import { packStages } from '../targets/stages.ts';

/**
 * Each technique planted alone in a machine of its own: found, in the right process, with the right finding, and
 * infected by the family whose code it is, though that family was labelled from another build of the same source.
 */

const FAMILY_NAMES = { amber: 'E2E Amber', basalt: 'E2E Basalt' } as const;
const LABELLED = Object.keys(FAMILY_NAMES) as FamilyName[];

let server: Server;
let key = '';
let remove: () => Promise<void> = async () => undefined;

before(async () => {
  if ((await rootPrefix()) === undefined) return;
  const data = await makeDataDirectory();
  remove = data.remove;
  [server] = await Promise.all([startServer(data.path), scannerPath()]);
  key = (await makeScanKey(server, 'plants')).secret;
  for (const family of LABELLED)
    await labelMalware(server, FAMILY_NAMES[family], await buildPayload(family, 'labelled', 'library'));
});
after(async () => {
  await server?.stop();
  await remove();
});

/** What a plant left where: pids as the machine numbers them. */
interface Planted {
  readonly pids: readonly number[];
  readonly address?: string | undefined;
}

interface Plant {
  readonly name: string;
  readonly family: FamilyName;
  readonly variant: VariantName;
  readonly findings: readonly FindingKind[];
  readonly plant: (machine: Machine, payload: (form: PayloadForm) => Promise<string>) => Promise<Planted>;
}

async function start(
  machine: Machine,
  name: ProgramName,
  args: readonly string[],
  options: LaunchOptions = {},
): Promise<Planted> {
  const { ready } = await machine.launch(await buildProgram(name), args, options);
  return { pids: [ready.pid], address: ready.address };
}

async function inject(machine: Machine, payload: string, way: 'thread' | 'rest'): Promise<Planted> {
  const victim = await machine.launch(await buildProgram('sleeper'), []);
  const { ready } = await machine.launch(await buildProgram('ptrace-inject'), [String(victim.ready.pid), payload, way]);
  return { pids: [victim.ready.pid], address: ready.address };
}

async function hook(machine: Machine, payload: string): Promise<Planted> {
  const victim = await machine.launch(await buildProgram('rw-then-rx'), [payload]);
  const to = String(victim.ready.address);
  await machine.launch(await buildProgram('patch-libc'), [String(victim.ready.pid), 'getlogin_r', 'hook', to]);
  return { pids: [victim.ready.pid], address: to };
}

/** A program whose file only its own mount namespace has, in a PID namespace of its own, as in a container. */
async function contain(machine: Machine, program: string): Promise<Planted> {
  const inside = 'mount -t tmpfs none /mnt && cp "$0" /mnt/contained && exec /mnt/contained "$@"';
  await machine.launch(program, [], { prefix: ['unshare', '--mount', '--pid', '--fork', 'sh', '-c', inside] });
  const find = 'for p in /proc/[0-9]*; do [ "$(readlink $p/exe)" = /mnt/contained ] && basename $p; done; true';
  const { stdout } = await machine.run('sh', ['-c', find]);
  return { pids: stdout.trim().split('\n').map(Number) };
}

const PLANTS: readonly Plant[] = [
  {
    name: 'anonymous memory, readable and executable from the start, with a thread in it',
    family: 'amber',
    variant: 'fast',
    findings: ['implanted-code', 'unbacked-thread'],
    plant: async (machine, payload) => start(machine, 'anonymous-rx', [await payload('flat'), 'thread']),
  },
  {
    name: 'anonymous memory, writable and executable',
    family: 'basalt',
    variant: 'plain',
    findings: ['implanted-code'],
    plant: async (machine, payload) => start(machine, 'anonymous-rwx', [await payload('flat')]),
  },
  {
    name: 'anonymous memory, first writable, then executable',
    family: 'amber',
    variant: 'plain',
    findings: ['implanted-code'],
    plant: async (machine, payload) => start(machine, 'rw-then-rx', [await payload('flat')]),
  },
  {
    name: 'shared anonymous memory',
    family: 'basalt',
    variant: 'fast',
    findings: ['implanted-code'],
    plant: async (machine, payload) => start(machine, 'shared-anonymous', [await payload('flat')]),
  },
  {
    name: 'a program in a memfd',
    family: 'amber',
    variant: 'fast',
    findings: ['deleted-file'],
    plant: async (machine, payload) => start(machine, 'memfd-exec', [await payload('program')]),
  },
  {
    name: 'a library in a memfd',
    family: 'basalt',
    variant: 'unrolled',
    findings: ['implanted-image'],
    plant: async (machine, payload) => start(machine, 'memfd-dlopen', [await payload('library')]),
  },
  {
    name: 'a deleted executable',
    family: 'basalt',
    variant: 'fast',
    findings: ['deleted-file'],
    plant: async (machine, payload) =>
      start(machine, 'deleted-executable', [await payload('program'), '/var/tmp/gone']),
  },
  {
    name: 'a deleted library',
    family: 'amber',
    variant: 'unrolled',
    findings: ['deleted-file'],
    plant: async (machine, payload) =>
      start(machine, 'deleted-library', [await payload('library'), '/var/tmp/gone.so']),
  },
  {
    name: 'code injected by ptrace, run by a thread of the victim',
    family: 'basalt',
    variant: 'fast',
    findings: ['implanted-code', 'unbacked-thread'],
    plant: async (machine, payload) => inject(machine, await payload('flat'), 'thread'),
  },
  {
    name: 'code injected by ptrace, at rest',
    family: 'amber',
    variant: 'unrolled',
    findings: ['implanted-code'],
    plant: async (machine, payload) => inject(machine, await payload('flat'), 'rest'),
  },
  {
    name: 'a function of libc hooked through /proc/PID/mem',
    family: 'amber',
    variant: 'fast',
    findings: ['hooked', 'implanted-code'],
    plant: async (machine, payload) => hook(machine, await payload('flat')),
  },
  {
    name: 'an import of the program led to anonymous memory',
    family: 'basalt',
    variant: 'fast',
    findings: ['hooked', 'implanted-code'],
    plant: async (machine, payload) => start(machine, 'hook-imports', [await payload('flat')]),
  },
  {
    name: 'a program under the name of a kernel thread',
    family: 'amber',
    variant: 'plain',
    findings: ['masquerade'],
    plant: async (machine, payload) => start(machine, 'kernel-name', [await payload('program')]),
  },
  {
    name: 'a library put into a program by its environment',
    family: 'basalt',
    variant: 'plain',
    findings: ['preload'],
    plant: async (machine, payload) =>
      start(machine, 'sleeper', [], { environment: { LD_PRELOAD: await payload('library') } }),
  },
  {
    name: 'a process that maps nothing of its executable any more',
    family: 'amber',
    variant: 'fast',
    findings: ['replaced', 'implanted-code', 'unbacked-thread'],
    plant: async (machine, payload) => start(machine, 'replaced-executable', [await payload('flat'), 'thread']),
  },
  {
    name: 'a memfd that is mapped and was never touched',
    family: 'basalt',
    variant: 'unrolled',
    findings: ['implanted-code'],
    plant: async (machine, payload) => start(machine, 'memfd-untouched', [await payload('flat')]),
  },
  {
    name: 'a program in a container, whose file only its own mount namespace has',
    family: 'amber',
    variant: 'unrolled',
    findings: [],
    plant: async (machine, payload) => contain(machine, await payload('program')),
  },
];

function findingsIn(report: ScanReport, pids: readonly number[]): readonly string[] {
  return report.findings.filter((one) => pids.includes(one.pid)).map((one) => one.finding);
}

/** Nothing but the planted process may be accused. */
function assertOnlyPlanted(report: ScanReport, planted: Planted): void {
  const accused = report.notTrusted
    .filter((one) => one.verdict !== 'unknown')
    .flatMap((one) => one.processes.map((at) => at.pid));
  assert.deepEqual([...new Set(accused)], [...planted.pids], JSON.stringify(report.notTrusted, null, 1));
  assert.deepEqual(
    [...new Set(report.findings.map((one) => one.pid))],
    [...planted.pids],
    JSON.stringify(report.findings),
  );
}

describe('plants', { concurrency: 3 }, () => {
  for (const [index, plant] of PLANTS.entries()) {
    test(plant.name, async (context) => {
      if (!(await needsRoot(context))) return;
      const machine = await openMachine(`gh-plant-${index}`, server.port);
      context.after(() => machine.close());
      const planted = await plant.plant(machine, (form) => buildPayload(plant.family, plant.variant, form));
      const { report } = await scan(machine, server, key);
      assert.equal(report.verdict, 'malicious', JSON.stringify(report, null, 1));
      assert.deepEqual(report.families, [FAMILY_NAMES[plant.family]]);
      assert.deepEqual([report.endpoint.name, report.endpoint.identity], [machine.name, 'confirmed']);
      const found = findingsIn(report, planted.pids);
      for (const finding of plant.findings)
        assert.ok(found.includes(finding), `${finding} is not among ${found.join(', ')}`);
      const malicious = report.notTrusted.filter((one) => one.verdict === 'malicious');
      assert.ok(malicious.every((one) => one.families[0] === FAMILY_NAMES[plant.family]));
      assert.ok(report.coverage.complete, JSON.stringify(report.coverage));
      if (plant.findings.length === 0) assert.deepEqual(report.findings, []);
      else if (plant.name !== 'shared anonymous memory') assertOnlyPlanted(report, planted);
    });
  }

  test('bytes of a libc function changed through /proc/PID/mem: suspicious, though no family is named', async (context) => {
    if (!(await needsRoot(context))) return;
    const machine = await openMachine('gh-patched', server.port);
    context.after(() => machine.close());
    const victim = await machine.launch(await buildProgram('sleeper'), []);
    const bystander = await machine.launch(await buildProgram('sleeper'), []);
    const args = [String(victim.ready.pid), 'getlogin_r', 'bytes'];
    const patch = await machine.launch(await buildProgram('patch-libc'), args);
    const { report } = await scan(machine, server, key);
    assert.equal(report.verdict, 'suspicious', JSON.stringify(report, null, 1));
    assert.deepEqual(report.families, []);
    assert.deepEqual(
      report.findings.map((one) => [one.finding, one.pid]),
      [['patched', victim.ready.pid]],
    );
    const [changed] = report.notTrusted.filter((one) => one.verdict === 'suspicious');
    assert.deepEqual([changed?.layout, changed?.findings, changed?.path], ['mapped', ['patched'], patch.ready.path]);
    assertOnlyPlanted(report, { pids: [victim.ready.pid] });
    assert.ok(report.coverage.processes.notRead.every((one) => one.pid !== bystander.ready.pid));
  });
});

test('the kernel page of code changed in a process: suspicious, with the changed bytes', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-vdso', server.port);
  context.after(() => machine.close());
  const victim = await machine.launch(await buildProgram('sleeper'), []);
  await machine.launch(await buildProgram('sleeper'), []);
  const patch = await machine.launch(await buildProgram('patch-vdso'), [String(victim.ready.pid)]);
  const { report } = await scan(machine, server, key);
  assert.equal(report.verdict, 'suspicious', JSON.stringify(report, null, 1));
  assert.deepEqual(
    report.findings.map((one) => [one.finding, one.pid, one.path]),
    [['patched', victim.ready.pid, '[vdso]']],
  );
  assert.match(report.findings[0]?.details ?? '', new RegExp(`${patch.ready.size} bytes in 1 places`));
  assertOnlyPlanted(report, { pids: [victim.ready.pid] });
});

test('malware in stages: what starts it, file, process, loader, victim and the third stage are one chain', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-stages', server.port);
  context.after(() => machine.close());
  await packStages(await buildPayload('basalt', 'fast', 'flat'), join(machine.varTmp, 'packed'));
  const unit = '/run/systemd/system/packed.service';
  await machine.run('sh', [
    '-c',
    `mkdir -p /run/systemd/system && printf '[Service]\\nExecStart=/var/tmp/packed\\n' > ${unit}`,
  ]);
  const victim = await machine.launch(await buildProgram('sleeper'), []);
  await machine.launch(await buildProgram('sleeper'), []);
  const first = await machine.launch('/var/tmp/packed', [String(victim.ready.pid)]);
  const { report } = await scan(machine, server, key);
  assert.deepEqual([report.verdict, report.families], ['malicious', [FAMILY_NAMES.basalt]], JSON.stringify(report));
  const malicious = report.notTrusted.filter((one) => one.verdict === 'malicious');
  assert.deepEqual(
    malicious.map(({ processes, layout }) => [processes.map(({ pid }) => pid), layout]),
    [[[victim.ready.pid], 'raw']],
    'only the third stage is of the family',
  );
  assert.equal(report.chains?.length, 1, JSON.stringify(report.chains, null, 1));
  const [chain] = report.chains ?? [];
  assert.deepEqual([chain?.sha256, chain?.inferred, chain?.alternatives], [malicious[0]?.sha256, 1, 0]);
  assert.deepEqual(
    chain?.links.map(({ from, to, certainty }) => [from.kind, from.name, from.pid, to.kind, certainty]),
    [
      ['autorun', unit, null, 'file', 'seen'],
      ['file', '/var/tmp/packed', null, 'process', 'seen'],
      ['process', '/var/tmp/packed', first.ready.pid, 'memory', 'seen'],
      ['memory', first.ready.address, first.ready.pid, 'process', 'inferred'],
      [
        'process',
        report.notTrusted.find((one) => one === malicious[0])?.processes[0]?.path,
        victim.ready.pid,
        'memory',
        'seen',
      ],
    ],
  );
  assert.deepEqual(
    [chain?.links.at(-1)?.to.name, chain?.links.at(-1)?.to.pid],
    [first.ready.planted, victim.ready.pid],
  );
});

test('a machine that the scanner does not support says so, and is not one that never answered', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-refused', server.port);
  context.after(() => machine.close());
  const prefix = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$0" "$@"'];
  const { report, scanner } = await scan(machine, server, key, { exit: 2, prefix });
  assert.deepEqual([report.verdict, report.endpoint.name], ['incomplete', machine.name]);
  assert.match(report.reasons.join('\n'), /does not support this machine/);
  assert.match(report.coverage.problems.map(({ message }) => message).join('\n'), /not mounted at \/proc/);
  assert.equal(JSON.parse(scanner.stdout).outcome, 'delivered');
});

test('code of no family is suspicious where it does not belong; once its family is known, the past scan is infected', async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-unlabelled', server.port);
  context.after(() => machine.close());
  // The loader program itself: compiled code that nobody has labelled, as a library in a memfd would be.
  const file = await buildProgram('sleeper');
  const planted = await start(machine, 'memfd-exec', [file]);
  const { id, report } = await scan(machine, server, key);
  assert.equal(report.verdict, 'suspicious', JSON.stringify(report, null, 1));
  assertOnlyPlanted(report, planted);
  await labelMalware(server, 'E2E Sleeper', file);
  const later = await until('The retro-hunt', 30, async () => {
    const now = await server.client.call('getScanReport', { params: { id } });
    return now.verdict === 'suspicious' ? undefined : now;
  });
  assert.deepEqual([later.verdict, later.families], ['malicious', ['E2E Sleeper']], JSON.stringify(later, null, 1));
});
