import { execFile } from 'node:child_process';
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

/** True where sudo lets this user through without asking. */
export async function canSudo(): Promise<boolean> {
  if (process.getuid?.() === 0) return false;
  try {
    await run('sudo', ['-n', 'true'], { timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/** What this machine runs, as far as this user may see it; with sudo, all of it. */
export async function runningFiles(withSudo: boolean): Promise<Set<string>> {
  const [file, args] = withSudo ? ['sudo', ['-n', 'sh', '-c', COLLECT]] : ['sh', ['-c', COLLECT]];
  const { stdout } = await run(file, args, { maxBuffer: LARGEST_MAPS, timeout: 60_000, encoding: 'latin1' });
  return executablePaths(Buffer.from(stdout, 'latin1').toString('utf8'));
}
