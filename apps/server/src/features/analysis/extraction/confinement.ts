import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXTRACTION_FLAGS } from '@genehound/genes';

/**
 * The command line of an extracting child: a ceiling on its address space, no privileges to gain, no file to read
 * but code, no network. What a system cannot take away is named, so that the log says it once.
 */
export interface Confinement {
  readonly command: string;
  readonly args: readonly string[];
  /** What could not be had, one sentence each. */
  readonly lacking: readonly string[];
}

/**
 * Bytes. Node 24 starts from 2 GiB on (it reserves more than it uses; measured); the rest is for the largest
 * artifact, of which extraction takes three times its 150 MB.
 */
const ADDRESS_SPACE = 4 * 2 ** 30;
/** Megabytes of JavaScript heap; the columns of a genome lie outside of it. */
const HEAP_MEGABYTES = 512;

const CODE = resolve(import.meta.dirname, '../../../../../..');

/** A program that reads endpoint bytes, and what Node may do for it. */
interface ChildProgram {
  readonly path: string;
  readonly flags: readonly string[];
}

const EXTRACT_CHILD: ChildProgram = {
  path: fileURLToPath(new URL('./extract-child.ts', import.meta.url)),
  flags: EXTRACTION_FLAGS,
};

/**
 * It loads the library that runs rules, which is native code: Node's own permissions do not bind that, what the system
 * takes away does.
 */
export const SIGNATURE_CHILD: ChildProgram = {
  path: fileURLToPath(new URL('./signature-child.ts', import.meta.url)),
  flags: ['--allow-addons'],
};

/** It needs nothing but what it is given. */
export const AUTHENTICODE_CHILD: ChildProgram = {
  path: fileURLToPath(new URL('./authenticode-child.ts', import.meta.url)),
  flags: [],
};

/**
 * It loads WebAssembly, for which V8 would set aside more address space than the ceiling leaves: bounds are checked by
 * instructions instead.
 */
export const VIEW_CHILD: ChildProgram = {
  path: fileURLToPath(new URL('./view-child.ts', import.meta.url)),
  flags: ['--disable-wasm-trap-handler'],
};

function nodeArguments({ path: program, flags }: ChildProgram): readonly string[] {
  const readable = [
    'packages',
    'node_modules',
    'apps/server/src/features/analysis',
    'apps/server/package.json',
    'package.json',
  ];
  return [
    `--max-old-space-size=${HEAP_MEGABYTES}`,
    ...flags,
    '--disable-warning=ExperimentalWarning',
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${join(CODE, path)}`),
    program,
  ];
}

function find(name: string): string | null {
  return ['/usr/bin', '/bin', '/usr/sbin', '/sbin'].map((at) => join(at, name)).find(existsSync) ?? null;
}

/** True where `command` can start a program that does nothing. */
function works(command: string, args: readonly string[]): boolean {
  return spawnSync(command, [...args, '/bin/true'], { env: {}, stdio: 'ignore', timeout: 5_000 }).status === 0;
}

interface Layer {
  readonly tool: string;
  readonly args: readonly string[];
  readonly lack: string;
}

/**
 * From the outside in. Root keeps CAP_DAC_READ_SEARCH: without it, it cannot read its own code in a checkout below
 * another user's home.
 */
const LAYERS: readonly Layer[] = [
  {
    tool: 'unshare',
    args: ['--net', '--'],
    lack: 'Extraction children keep the network: unshare --net is not permitted here',
  },
  {
    tool: 'setpriv',
    args: ['--no-new-privs', '--inh-caps=-all', '--bounding-set=-all,+dac_read_search', '--'],
    lack: 'Extraction children keep their capabilities: setpriv cannot drop them here',
  },
  {
    tool: 'setpriv',
    args: ['--no-new-privs', '--'],
    lack: 'Extraction children may gain privileges: setpriv does not work here',
  },
  {
    tool: 'prlimit',
    args: [`--as=${ADDRESS_SPACE}`, '--core=0', '--'],
    lack: 'Extraction children have no ceiling on their address space: prlimit does not work here',
  },
];

/** Finds out what this system can take away. About 20 ms. */
export function confine(child: ChildProgram = EXTRACT_CHILD): Confinement {
  const prefix: string[] = [];
  const lacking: string[] = [];
  let dropped = false;
  for (const { tool, args, lack } of LAYERS) {
    // The plain form of setpriv is for those whose user may not touch the bounding set.
    if (tool === 'setpriv' && dropped) continue;
    const path = find(tool);
    if (path !== null && works(path, args)) {
      prefix.push(path, ...args);
      dropped ||= tool === 'setpriv';
    } else lacking.push(lack);
  }
  const [command = process.execPath, ...rest] = [...prefix, process.execPath, ...nodeArguments(child)];
  return { command, args: rest, lacking };
}
