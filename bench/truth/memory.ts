import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ENGINES = new URL('engines/', import.meta.url).pathname;
const SCANNER = new URL('../../scanner/dist/scanner-linux-amd64', import.meta.url).pathname;
/** Until an engine has compiled what is hot. Milliseconds. */
const WARM_UP = 6000;

interface Engine {
  readonly name: string;
  readonly command: string;
  readonly args: (seed: number) => readonly string[];
}

const ALL: readonly Engine[] = [
  { name: 'V8', command: process.execPath, args: (seed) => [join(ENGINES, 'work.mjs'), `${seed}`] },
  { name: 'HotSpot', command: 'java', args: (seed) => [join(ENGINES, 'Work.java'), `${seed}`] },
  { name: 'LuaJIT', command: 'luajit', args: (seed) => [join(ENGINES, 'work.lua'), `${seed}`] },
];

/**
 * Folders with what our own scanner takes out of the memory of running engines: one scan of all of them per round,
 * each with other work. A round that is on disk is not made again.
 */
export async function scanEngines(cache: string, rounds: number, say: (text: string) => void): Promise<string[]> {
  if (!existsSync(SCANNER)) {
    say('The scanner is not built: code of JIT engines is left out (npm run hunt builds it)');
    return [];
  }
  const engines = ALL.filter(({ command }) => spawnSync('which', [command]).status === 0);
  const folders: string[] = [];
  for (let round = 1; round <= rounds; round++) {
    const folder = join(cache, 'memory', `engines-${round}`);
    if (!existsSync(folder)) await scanOnce(engines, round, folder);
    folders.push(folder);
  }
  return folders;
}

async function scanOnce(engines: readonly Engine[], round: number, folder: string): Promise<void> {
  const children: ChildProcess[] = engines.map(({ command, args }) =>
    spawn('nice', ['-n', '15', command, ...args(round)], { stdio: 'ignore' }),
  );
  try {
    await sleep(WARM_UP);
    mkdirSync(folder, { recursive: true });
    const pids = children.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    const run = spawnSync(SCANNER, ['-q', '-o', folder, '--pid', pids.join()], { stdio: 'ignore' });
    if (run.error !== undefined) throw run.error;
    // Files of the engines themselves are packages like any other; only what has no file is wanted here.
    rmSync(join(folder, 'files'), { recursive: true, force: true });
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
}
