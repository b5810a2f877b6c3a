import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Kernel's octal escapes in maps: a newline in a name is `\012`. */
function unescapePath(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_whole, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/**
 * Paths of the files that are mapped executable, from the text of any number of /proc/PID/maps. Deleted ones keep
 * their former path. They only choose which packages are fetched; no byte is read from them.
 */
export function executablePaths(maps: string): Set<string> {
  const paths = new Set<string>();
  for (const line of maps.split('\n')) {
    const match = /^[0-9a-f]+-[0-9a-f]+ ..x. \S+ \S+ \S+\s+(\/.*)$/.exec(line);
    const path = match?.[1];
    if (path === undefined || path.startsWith('/memfd:') || path.startsWith('/dev/') || path.startsWith('/SYSV'))
      continue;
    paths.add(unescapePath(path.replace(/ \(deleted\)$/, '')));
  }
  return paths;
}

const LARGEST_MAPS = 512 * 2 ** 20;
const COLLECT = 'cat /proc/[0-9]*/maps 2>/dev/null || true';

/**
 * True where `sudo -n` lets this user through. `ask`: a person sits at the terminal and may be asked for the password,
 * once; sudo then remembers it for long enough. Never for root, who needs no sudo.
 */
export async function canSudo(ask: boolean): Promise<boolean> {
  if (process.getuid?.() === 0) return false;
  try {
    await run('sudo', ['-n', 'true'], { timeout: 10_000 });
    return true;
  } catch {
    // stdout may be a report that somebody pipes: sudo's own prompt goes to the terminal itself.
    const prompt = ['-v', '-p', 'Password for sudo, to read the memory of all processes (Ctrl-C: only your own): '];
    return ask && spawnSync('sudo', prompt, { stdio: ['inherit', 2, 2] }).status === 0;
  }
}

/** What this machine runs, as far as this user may see it; with sudo, all of it. */
export async function runningFiles(withSudo: boolean): Promise<Set<string>> {
  const [file, args] = withSudo ? ['sudo', ['-n', 'sh', '-c', COLLECT]] : ['sh', ['-c', COLLECT]];
  const { stdout } = await run(file, args, { maxBuffer: LARGEST_MAPS, timeout: 60_000, encoding: 'latin1' });
  return executablePaths(Buffer.from(stdout, 'latin1').toString('utf8'));
}
