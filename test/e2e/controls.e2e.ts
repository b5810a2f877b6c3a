import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { test } from 'node:test';
import { SCAN_MESSAGES } from '@genehound/contract';
import { listOfflineScans, readOfflineScan } from '@genehound/intake';
import { openMachine } from '../harness/machine.ts';
import { needsRoot } from '../harness/privilege.ts';
import { runScanner, scannerPath } from '../harness/scanner.ts';

/**
 * Software that makes, loads or changes code for good reasons, beside what clean.e2e.ts runs: a browser, an emulator,
 * Windows programs in Wine, a debugger, a library that an upgrade replaced under a running program.
 */

const PROGRAM =
  'int probe(int); int main(void) { for (volatile int x;;) { x = probe(3); (void)x; for (volatile long i = 0; i < 50000000; i++); } }';
const PAGE =
  'data:text/html,<script>let s=0;const f=x=>Math.sin(x)*x+s;setInterval(()=>{for(let i=0;i<2e5;i++)s+=f(i)%7},50)</script>';

/** What runs, by the words of a command line that show that it does. Each is a script of sh. */
const CONTROLS: Readonly<Record<string, { readonly needs: string; readonly script: string; readonly shows: RegExp }>> =
  {
    chromium: {
      needs: '/usr/bin/chromium',
      script: `chromium --headless --no-sandbox --disable-gpu --remote-debugging-port=0 --user-data-dir=/var/tmp/profile '${PAGE}'`,
      shows: /--type=renderer/,
    },
    qemu: {
      needs: '/usr/bin/qemu-x86_64',
      script: "qemu-x86_64 /usr/bin/python3 -c 'while True: sum(range(1000))'",
      shows: /^qemu-x86_64 \/usr/,
    },
    wine: { needs: '/usr/bin/wine', script: "wine cmd /c 'ping -n 300 127.0.0.1'", shows: /cmd\.exe/ },
    upgraded: {
      needs: '/usr/bin/gcc',
      script:
        'cd /var/tmp && ./program & sleep 0.2; cp /var/tmp/new.so /var/tmp/.next; mv /var/tmp/.next /var/tmp/libprobe.so; wait',
      shows: /^\.\/program/,
    },
    gdb: {
      needs: '/usr/bin/gdb',
      script: "gdb -q -batch -ex 'break probe' -ex run -ex 'shell sleep 300' /var/tmp/program",
      shows: /^gdb /,
    },
  };

test('a browser, an emulator, Wine, a debugger and an upgraded library are no threats', {
  timeout: 180_000,
}, async (context) => {
  if (!(await needsRoot(context))) return;
  const machine = await openMachine('gh-controls', 1);
  context.after(() => machine.close());
  await scannerPath();
  const compile = `cd /var/tmp && printf '%s' '${PROGRAM}' > a.c && echo 'int probe(int x) { return x * 7 + 1; }' > l.c &&
    echo 'int probe(int x) { return x * 9 + 2; } int more(int y) { return y * y; }' > n.c &&
    gcc -shared -fPIC -Wl,-soname,libprobe.so -o libprobe.so l.c && gcc -shared -fPIC -Wl,-soname,libprobe.so -o new.so n.c &&
    gcc -o program a.c -L. -lprobe -Wl,-rpath,/var/tmp`;
  const compiled = await machine.run('sh', ['-c', compile]);
  assert.equal(compiled.code, 0, compiled.stderr);
  const missing: string[] = [];
  const running: string[] = [];
  const environment = {
    HOME: '/var/tmp',
    WINEDEBUG: '-all',
    WINEPREFIX: '/var/tmp/prefix',
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  };
  for (const [name, { needs, script }] of Object.entries(CONTROLS)) {
    const there = await access(needs).then(
      () => true,
      () => false,
    );
    (there ? running : missing).push(name);
    if (there) machine.start('sh', ['-c', `${script} > /dev/null 2>&1`], environment);
  }
  if (missing.length > 0) context.diagnostic(`not installed, so not run: ${missing.join(', ')}`);
  const lines = async (): Promise<readonly string[]> => {
    const { stdout } = await machine.run('ps', ['-eo', 'args']);
    return stdout.split('\n');
  };
  for (const until = Date.now() + 90_000; ; ) {
    const now = await lines();
    if (running.every((name) => now.some((line) => CONTROLS[name]?.shows.test(line)))) break;
    assert.ok(Date.now() < until, `not all of ${running.join(', ')} came to run: ${now.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  // A JIT works only once its code has run for a while.
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const { stdout, stderr } = await runScanner(machine, ['-o', '/var/tmp/out']);
  const out = await machine.takeOver('/var/tmp/out');
  const [directory] = await listOfflineScans(out);
  const bodies = new Map<string, unknown>();
  for await (const { name, body } of (await readOfflineScan(directory ?? '')).messages()) bodies.set(name, body);
  assert.deepEqual(bodies.get('findings_info'), undefined);
  // That nothing was found says something only where they were read.
  const processes = SCAN_MESSAGES.processes_info.schema.parse(bodies.get('processes_info')).processes_info;
  const coverage = SCAN_MESSAGES.coverage_info.schema.parse(bodies.get('coverage_info')).coverage_info;
  const wholly = new Set(coverage.processes.filter((one) => one.read).map((one) => one.pid));
  for (const name of running) {
    const shown = processes.filter((one) => CONTROLS[name]?.shows.test(String(one.command_line)));
    assert.ok(
      shown.some((one) => wholly.has(one.pid)),
      `${name}: ${shown.length} processes, none read wholly; ${stdout}${stderr}`,
    );
  }
});
