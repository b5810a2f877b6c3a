/**
 * node bench/knowledge/run.ts [--mb N]
 *
 * Programs of this machine become known through the real command line and the real server, as `genehound index` does it:
 * from the first byte read to the last gene in the index. N megabytes of code (100). In the same run, on the same files, one
 * core extracts genes and does nothing else, as the yardstick.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { detectFormat, parseImage } from '@genehound/binary';
import { createClient } from '@genehound/contract';
import { extractGenome } from '@genehound/genes';
import { startServer } from '../fleet/watch-server.ts';
import { reach } from '../reach.ts';

const MAIN = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url));
const PLACES = ['/usr/bin', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/sbin'];
/** Bytes: enough to say how fast one core is. */
const YARDSTICK = 20e6;

interface Program {
  readonly path: string;
  readonly code: number;
}

async function codeIn(path: string): Promise<number> {
  try {
    if (!(await stat(path)).isFile()) return 0;
    const bytes = await readFile(path);
    if (detectFormat(bytes) !== 'elf') return 0;
    return parseImage(bytes, 'file').code.reduce((sum, { size }) => sum + size, 0);
  } catch {
    return 0;
  }
}

/** Programs of this machine with that much code, always the same ones. */
async function programs(wanted: number): Promise<readonly Program[]> {
  const found: Program[] = [];
  const seen = new Set<string>();
  let sum = 0;
  for (const place of PLACES) {
    for (const entry of await readdir(place, { withFileTypes: true }).catch(() => [])) {
      if (sum >= wanted) return found;
      const path = join(place, entry.name);
      if (!entry.isFile() || seen.has(entry.name)) continue;
      seen.add(entry.name);
      const code = await codeIn(path);
      if (code === 0) continue;
      found.push({ path, code });
      sum += code;
    }
  }
  return found;
}

/** Megabytes of code in a second, on one core, by extraction alone. */
async function oneCore(all: readonly Program[]): Promise<number> {
  let code = 0;
  let seconds = 0;
  for (const { path, code: size } of all) {
    if (code >= YARDSTICK) break;
    const bytes = await readFile(path);
    const started = process.cpuUsage();
    extractGenome(bytes, parseImage(bytes, 'file'));
    const { user, system } = process.cpuUsage(started);
    seconds += (user + system) / 1e6;
    code += size;
  }
  return code / 1e6 / seconds;
}

async function index(
  paths: readonly string[],
  server: { readonly url: string; readonly key: string },
): Promise<number> {
  const started = performance.now();
  const what = ['--family', 'this machine', '--type', 'application', '--scope', 'global', '--json'];
  const env = { ...process.env, GENEHOUND_URL: server.url, GENEHOUND_KEY: server.key };
  const child = spawn(process.execPath, [MAIN, 'index', ...paths, ...what], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [exit] = await once(child, 'exit');
  if (exit !== 0) throw new Error(`The index ended with ${exit}`);
  return (performance.now() - started) / 1000;
}

const { values } = parseArgs({ options: { mb: { type: 'string', default: '100' } } });
const all = await programs(Number(values.mb) * 1e6);
const megabytes = all.reduce((sum, { code }) => sum + code, 0) / 1e6;
const server = await startServer();
try {
  const yardstick = await oneCore(all);
  const seconds = await index(
    all.map(({ path }) => path),
    server,
  );
  const { genes } = await createClient(server.url, server.key).call('getGenome', {});
  const speed = megabytes / seconds;
  const cores = availableParallelism();
  console.log(
    `${all.length} programs, ${megabytes.toFixed(0)} MB of code, ${genes.toLocaleString('en')} genes in the index: ${seconds.toFixed(0)} s`,
  );
  console.log(
    `${speed.toFixed(1)} MB of code a second on ${cores} cores; extraction alone does ${yardstick.toFixed(1)} on one: ${((100 * speed) / (yardstick * cores)).toFixed(0)} % of all of them`,
  );
  const minutes = 1_000 / speed / 60;
  reach('a gigabyte of code is known within ten minutes', {
    met: minutes <= 10,
    value: `${minutes.toFixed(1)} minutes`,
  });
} finally {
  await server.stop();
}
