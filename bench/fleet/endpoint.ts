import { createHash } from 'node:crypto';
import type { FleetFile } from './real-files.ts';

/** What an ordinary endpoint says, by the measure of a workstation. */
export const SHAPE = { processes: 150, modules: 3_000, files: 1_200, findings: 5, autorunsBytes: 650_000 } as const;

/** Numbers that look like chance and are the same on every run. */
function noise(seed: string): (below: number) => number {
  let block = createHash('sha256').update(seed).digest();
  let at = 0;
  return (below) => {
    if (at + 4 > block.length) {
      block = createHash('sha256').update(block).digest();
      at = 0;
    }
    at += 4;
    return block.readUInt32LE(at - 4) % below;
  };
}

const FILETIME = 133_000_000_000_000_000n;

/** One document that most endpoints share, as large as the one of a real workstation. */
export function autoruns(variant: number): Buffer {
  const draw = noise(`autoruns ${variant}`);
  const entries: unknown[] = [];
  for (let size = 0; size < SHAPE.autorunsBytes; ) {
    const sha256 = createHash('sha256').update(`autorun ${variant} ${entries.length}`).digest('hex');
    const name = `C:\\Windows\\System32\\module${draw(5_000)}.dll`;
    const entry = {
      category: ['services', 'explorer', 'scheduled_tasks', 'known_dlls', 'codecs'][draw(5)],
      entry_path: `HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Explorer\\${draw(900_000)}`,
      entry_path_type: 'registry',
      entry_value: name,
      display_name: `Component ${draw(100_000)}`,
      description: 'Part of the operating system, started when somebody signs in',
      extracted_files: { [name]: { full_path: name.toLowerCase(), sha256 } },
    };
    entries.push(entry);
    size += JSON.stringify(entry).length + 1;
  }
  return Buffer.from(JSON.stringify({ autoruns_info: entries }));
}

export interface EndpointScan {
  readonly name: string;
  /** Every file that the endpoint has. */
  readonly files: readonly FleetFile[];
  readonly autoruns: Buffer;
  /** Messages before files-info, in order: the route and the JSON. */
  readonly before: readonly (readonly [string, string])[];
  readonly filesInfo: string;
  /** Code from memory without a file, and the message that announces it. */
  readonly memory: { readonly announced: string; readonly bytes: Buffer } | null;
  /** Messages after the uploads. */
  readonly after: readonly (readonly [string, string])[];
}

function processes(draw: (below: number) => number) {
  return Array.from({ length: SHAPE.processes }, (_unused, index) => ({
    pid: 4 + index * 4,
    ppid: index === 0 ? 0 : 4 + draw(index) * 4,
    process_path: `/usr/bin/program-${draw(80)}`,
    image_type: '64',
    integrity_level: 'system',
    session_id: 0,
    username: 'NT AUTHORITY\\SYSTEM',
    command_line: `program --session ${draw(1_000_000)}`,
    start_time: 1_790_000_000 + draw(100_000),
    start_time_100_nano: `@${FILETIME + BigInt(draw(2 ** 31))}@`,
  }));
}

function modules(files: readonly FleetFile[], draw: (below: number) => number) {
  const each = SHAPE.modules / SHAPE.processes;
  return Array.from({ length: SHAPE.processes }, (_unused, index) => ({
    pid: 4 + index * 4,
    loaded_modules_info: Array.from({ length: each }, (_none, at) => ({
      base_address: 0x7f00_0000_0000 + draw(2 ** 24) * 4_096,
      file_path: files[(index * each + at) % files.length]?.path ?? '',
      image_type: '64',
      mapped_size_in_bytes: 65_536 + draw(64) * 4_096,
    })),
  }));
}

/** `@digits@` in quotes becomes an integer of any length: JSON.stringify knows none. */
const withIntegers = (value: unknown): string => JSON.stringify(value).replaceAll(/"@(\d+)@"/g, '$1');

function filesInfo(files: readonly FleetFile[], draw: (below: number) => number): string {
  const time = (base: bigint) => `@${base + BigInt(draw(2 ** 31))}@`;
  // Files come with a few installations and updates; each is opened at a time of its own.
  const installed = Array.from({ length: 30 }, () => FILETIME + BigInt(draw(2 ** 31)) * 4_096n);
  const install = () => installed[draw(installed.length)] ?? FILETIME;
  const rows = files.map(({ path, sha256, size }) => ({
    file_path: path,
    sha256,
    size_in_bytes: size,
    accessed_time: time(FILETIME + 2n ** 44n),
    created_time: `@${install()}@`,
    modified_time: `@${install()}@`,
  }));
  return withIntegers({ files_info: rows });
}

function coverage() {
  const checks = ['process', 'modules', 'module_files', 'regions', 'modified_code'].map((check) => ({
    check,
    state: 'done',
  }));
  const rows = Array.from({ length: SHAPE.processes }, (_unused, index) => ({
    pid: 4 + index * 4,
    read: true,
    checks,
  }));
  return {
    coverage_info: {
      version: 1,
      complete: true,
      privileges: { user: 'root', held: [], missing: [] },
      processes: rows,
      problems: [],
    },
  };
}

/** One endpoint's scan: its own name, machine id, address layout and times; the files that are given. */
export function endpointScan(name: string, files: readonly FleetFile[], document: Buffer): EndpointScan {
  const draw = noise(name);
  const findings = Array.from({ length: SHAPE.findings }, () => ({
    finding: 'deleted-file',
    pid: 4 + draw(SHAPE.processes) * 4,
    base_address: 0x7f00_0000_0000 + draw(2 ** 24) * 4_096,
    details: 'The file behind this module was deleted',
  }));
  const identity = { version: 1, host_name: name, machine_id: createHash('md5').update(name).digest('hex') };
  return {
    name,
    files,
    autoruns: document,
    before: [
      ['host-info', JSON.stringify({ host_info: { computer_name: name, os_version: 'bench', cpu_count: 8 } })],
      ['identity-info', JSON.stringify({ identity_info: identity })],
      ['processes-info', withIntegers({ processes_info: processes(draw) })],
      ['processes/loaded-modules-info', JSON.stringify({ processes: modules(files, draw) })],
    ],
    filesInfo: filesInfo(files, draw),
    memory: null,
    after: [
      ['findings-info', JSON.stringify({ version: 1, findings_info: findings })],
      ['coverage-info', JSON.stringify(coverage())],
    ],
  };
}

/** The same with one region of code that no file has. */
export function withMemory(scan: EndpointScan, bytes: Buffer): EndpointScan {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const dump = { base_address: 0x7e00_0000_0000, pid: 4, sha256, is_fileless: true, size_in_bytes: bytes.length };
  return { ...scan, memory: { announced: JSON.stringify({ memory_module_dumps_info: [dump] }), bytes } };
}
