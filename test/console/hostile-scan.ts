import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { Server } from '../harness/server.ts';
import { beginUpload } from '../harness/uploader.ts';

/** A program that every Debian has, small enough to be taken apart at once. */
export const PROGRAM = '/bin/dash';
const OTHER_PROGRAM = '/usr/bin/env';

export const HOSTILE = {
  host: 'srv-<img src=x onerror=alert(1)>-\u202etxt',
  path: '/opt/inv\u202egpj.exe ',
  markup: '/home/אב/גד/<b onclick=alert(2)>bold',
  commandLine: `<script>alert(3)</script>\u001b[31m\u200b ${'-Dx=y '.repeat(43_000)}`,
  user: 'DOMAIN\\ev\u2066il',
} as const;

export const INFECTED_PID = 4121;

/** The executable pages of an ELF file, as they would lie in memory. */
async function executablePages(path: string): Promise<Buffer> {
  const file = await readFile(path);
  const table = Number(file.readBigUInt64LE(32));
  for (let n = 0; n < file.readUInt16LE(56); n += 1) {
    const at = table + n * file.readUInt16LE(54);
    const executable = file.readUInt32LE(at) === 1 && (file.readUInt32LE(at + 4) & 1) === 1;
    if (!executable) continue;
    const from = Number(file.readBigUInt64LE(at + 8));
    const code = file.subarray(from, from + Number(file.readBigUInt64LE(at + 32)));
    return Buffer.concat([code, Buffer.alloc((4096 - (code.length % 4096)) % 4096)]);
  }
  throw new Error(`${path} has no executable segment`);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

interface Process {
  readonly pid: number;
  readonly ppid: number;
  readonly process_path: string | null;
  readonly command_line: string | null;
  readonly username: string | null;
}

function processes(): readonly Process[] {
  const root = { username: 'root' };
  const named: readonly Process[] = [
    { pid: 1, ppid: 0, process_path: '/usr/lib/systemd/systemd', command_line: '/sbin/init', ...root },
    { pid: 2, ppid: 0, process_path: null, command_line: null, ...root },
    { pid: 3, ppid: 2, process_path: null, command_line: null, ...root },
    { pid: 640, ppid: 1, process_path: '/usr/sbin/cron', command_line: 'cron -f', ...root },
    { pid: INFECTED_PID, ppid: 640, process_path: '/usr/sbin/sshd', command_line: 'sshd -D', ...root },
    { pid: 5000, ppid: 1, process_path: HOSTILE.path, command_line: HOSTILE.commandLine, username: HOSTILE.user },
    { pid: 5001, ppid: 5000, process_path: HOSTILE.markup, command_line: null, username: null },
  ];
  const many = Array.from({ length: 300 }, (_, n) => ({
    pid: 6000 + n,
    ppid: n < 30 ? 1 : 6000 + (n % 30),
    process_path: `/usr/bin/tool-${n % 37}`,
    command_line: `tool-${n % 37} --serve`,
    username: 'www-data',
  }));
  return [...named, ...many];
}

function coverage(all: readonly Process[]) {
  const reasons = new Map<number, { reason: string; details: string }>([
    [2, { reason: 'kernel_thread', details: '' }],
    [3, { reason: 'kernel_thread', details: '' }],
    [6001, { reason: 'no_privileges', details: 'open /proc/6001/mem: permission denied \u202e<i>' }],
  ]);
  return {
    version: 1,
    complete: false,
    privileges: { user: 'root', held: [], missing: ['CAP_SYS_PTRACE'] },
    processes: all.map(({ pid }) => ({ pid, read: !reasons.has(pid), checks: [], ...reasons.get(pid) })),
    problems: [{ code: 'io_error', message: 'a file could not be read: \u0000<b>' }],
  };
}

/**
 * Delivers, as a client would, a scan whose every string is hostile and in which process 4121 holds the code of
 * PROGRAM in memory without a file. Returns the scan's id. Throws Error where the server refuses a message.
 */
export async function deliverHostileScan(server: Server, key: string, host: string = HOSTILE.host): Promise<string> {
  const scan = await beginUpload(server, key);
  const expect = (what: string, answer: { status: number; text: string }): void => {
    if (answer.status !== 200) throw new Error(`${what} answered ${answer.status}: ${answer.text}`);
  };
  const message = async (route: string, value: unknown): Promise<void> =>
    expect(route, await scan.message(route, value));
  const bytes = async (route: string, body: Buffer): Promise<void> =>
    expect(
      route,
      await scan.send(route, gzipSync(body), {
        'content-type': 'application/octet-stream',
        'content-encoding': 'gzip',
      }),
    );
  const all = processes();
  const code = await executablePages(PROGRAM);
  const file = await readFile(OTHER_PROGRAM);
  const at = 0x7f3a_1122_0000;
  const region = { pid: INFECTED_PID, base_address: at, size_in_bytes: code.length };
  await message('host-info', { host_info: { computer_name: host, os_version: 'debian_12 \u202e<u>' } });
  await message('identity-info', {
    identity_info: { version: 1, machine_id: 'console-test', host_name: host },
  });
  await message('processes-info', { processes_info: all });
  await message('processes/loaded-modules-info', {
    processes: [
      {
        pid: 5000,
        loaded_modules_info: [{ base_address: 0x40_0000, file_path: HOSTILE.path, mapped_size_in_bytes: 8192 }],
      },
    ],
  });
  await message('files-info', {
    files_info: [{ file_path: HOSTILE.path, sha256: sha256(file), size_in_bytes: file.length, is_image: true }],
  });
  await bytes('file-system/collected-binaries', file);
  await message('memory-module-dumps-info', {
    memory_module_dumps_info: [{ pid: INFECTED_PID, base_address: at, sha256: sha256(code), is_fileless: true }],
  });
  await bytes('fileless/collected-binaries', code);
  await message('regions-info', {
    version: 1,
    regions_info: [
      {
        ...region,
        protection: 'r-xp',
        backing: 'anonymous',
        classification: 'code',
        evidence: ['it decodes'],
        sha256: sha256(code),
        layout: 'raw',
      },
      {
        pid: 6002,
        base_address: 0x7f00_0000_0000,
        size_in_bytes: 262_144,
        protection: 'r-xp',
        backing: 'anonymous',
        classification: 'jit_code',
        jit_engine: 'V8 <b>',
        evidence: ['a mapping of V8'],
      },
    ],
  });
  await message('findings-info', {
    version: 1,
    findings_info: [
      {
        ...region,
        finding: 'implanted-code',
        sha256: sha256(code),
        layout: 'raw',
        details: 'no file behind it \u202e<img src=x>',
      },
    ],
  });
  await message('coverage-info', { coverage_info: coverage(all) });
  await message('end', { reason: 'done' });
  return scan.analysisId;
}
