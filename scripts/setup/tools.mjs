/** Programs that must be on the machine before anything else can be installed. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const OLDEST_GO = [1, 21];
const INSTALL_GO =
  'install it with "sudo apt-get install -t bookworm-backports golang-go" (Debian 12 with backports enabled), or from https://go.dev/dl';

/** Looks along the path and in the folders that a user's path often lacks. */
export function findProgram(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).concat('/usr/local/sbin', '/usr/sbin', '/sbin');
  for (const folder of folders) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  return undefined;
}

function goCandidates() {
  const found = [findProgram('go'), '/usr/local/go/bin/go'];
  // Debian's versioned packages (golang-1.23-go) put nothing on the path.
  const versioned = existsSync('/usr/lib') ? readdirSync('/usr/lib').filter((name) => /^go-\d+\.\d+$/.test(name)) : [];
  versioned.sort((a, b) => Number(b.split('.')[1]) - Number(a.split('.')[1]));
  found.push(...versioned.map((name) => join('/usr/lib', name, 'bin', 'go')));
  return found.filter((path) => path !== undefined && existsSync(path));
}

/**
 * @returns {{ path: string, version: string } | { tooOld: string | undefined }} the first Go that is new enough
 */
export function findGo() {
  let tooOld;
  for (const path of goCandidates()) {
    const answer = spawnSync(path, ['env', 'GOVERSION'], {
      encoding: 'utf8',
      env: { ...process.env, GOTOOLCHAIN: 'local' },
    });
    const match = /go(\d+)\.(\d+)/.exec(answer.stdout ?? '');
    if (match === null) continue;
    const [major, minor] = [Number(match[1]), Number(match[2])];
    if (major > OLDEST_GO[0] || (major === OLDEST_GO[0] && minor >= OLDEST_GO[1])) return { path, version: match[0] };
    tooOld ??= match[0];
  }
  return { tooOld };
}

/** One phrase for each tool that is missing, with the command that installs it. */
export function missingTools() {
  const missing = [];
  if (findProgram('git') === undefined) missing.push('git is missing: install it with "sudo apt-get install git"');
  if (findProgram('npm') === undefined && process.env.npm_execpath === undefined) {
    missing.push('npm is missing: install it with "sudo apt-get install npm"');
  }
  const go = findGo();
  if (!('path' in go)) {
    const what =
      go.tooOld === undefined
        ? 'Go 1.21 or later is missing'
        : `${go.tooOld} is too old to build the scanner, Go 1.21 or later is needed`;
    missing.push(`${what}: ${INSTALL_GO}`);
  }
  return missing;
}
