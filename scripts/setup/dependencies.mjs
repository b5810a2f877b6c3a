/** The npm packages: installed exactly as the lock file says, by the npm that is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runVisibly, say } from './say.mjs';

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
  } catch {
    return undefined;
  }
}

/** npm's rule for os, cpu and libc: `!x` excludes, any other word must be among them. */
function fits(list, value) {
  const words = list === undefined ? [] : [list].flat();
  if (words.includes(`!${value}`)) return false;
  return words.every((word) => word.startsWith('!')) || words.includes(value);
}

function fitsThisMachine(entry) {
  const glibc = process.report.getReport().header.glibcVersionRuntime !== undefined;
  return (
    fits(entry.os, process.platform) && fits(entry.cpu, process.arch) && fits(entry.libc, glibc ? 'glibc' : 'musl')
  );
}

/** Optional packages may be absent, but not the programs for this very machine (Node, PostgreSQL, LMDB …). */
function mayBeAbsent(entry) {
  if (entry.inBundle === true || entry.peer === true) return true;
  return entry.optional === true && !(entry.cpu !== undefined && fitsThisMachine(entry));
}

/**
 * What differs between the lock file and what npm wrote down about node_modules when it last finished.
 * Compared by content rather than by time: a checkout that touches the lock file changes nothing, and an
 * installation that was cut short has not written its record.
 * @returns {string | undefined} one phrase, or undefined where nothing differs
 */
export function installationTrouble(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  if (wanted === undefined) throw new Error('package-lock.json is missing or not readable: this is not a whole clone');
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (present === undefined) return 'nothing is installed yet';
  for (const [path, entry] of Object.entries(wanted)) {
    if (!path.includes('node_modules/')) continue;
    const found = present[path];
    if (found === undefined) {
      if (mayBeAbsent(entry)) continue;
      return `${path} is not installed`;
    }
    if (found.version !== entry.version || found.integrity !== entry.integrity)
      return `${path} is not the version of the lock file`;
  }
  return existsSync(join(root, 'node_modules', '.bin', 'node'))
    ? undefined
    : "the project's own Node.js is not installed";
}

function npmCommand() {
  // npm names itself to the scripts that it runs; without it, the one on the path.
  const own = process.env.npm_execpath;
  return own?.endsWith('.js') && existsSync(own) ? [process.execPath, own] : ['npm'];
}

/** Installs where needed. Rejects with one sentence. */
export async function installDependencies(root) {
  const trouble = installationTrouble(root);
  if (trouble === undefined) return;
  say(`installing dependencies with npm (${trouble}); the first time takes about a minute`);
  const started = Date.now();
  const [file, ...args] = npmCommand();
  const environment = { ...process.env };
  // The pre script's own npm settings would change what the inner npm does.
  for (const name of [
    'npm_config_json',
    'npm_config_install',
    'npm_command',
    'npm_lifecycle_event',
    'npm_lifecycle_script',
  ])
    delete environment[name];
  // Warnings are about the Node that runs npm, which is not the one that the project then uses.
  const code = await runVisibly(file, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: environment,
  });
  if (code === 127)
    throw new Error(
      'npm is missing: install it with "sudo apt-get install npm" or together with Node.js from https://nodejs.org/en/download',
    );
  if (code !== 0)
    throw new Error(
      `npm ci failed with exit code ${code}; its lines above say why (is the npm registry reachable?), then run this command again`,
    );
  const still = installationTrouble(root);
  if (still !== undefined)
    throw new Error(`npm ci ended well, yet ${still}; does your npm configuration omit optional packages?`);
  say(`dependencies installed in ${Math.round((Date.now() - started) / 1000)} s`);
}
