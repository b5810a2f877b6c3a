import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { say } from './say.mjs';
import { TEST_PACKAGES } from './test-packages.table.mjs';
import { findProgram } from './tools.mjs';

const isThere = (thing) => (thing.startsWith('/') ? existsSync(thing) : findProgram(thing) !== undefined);

/** Names of the packages of which something is missing. */
function missingTestPackages() {
  return TEST_PACKAGES.filter((row) => !row.has.every(isThere)).map((row) => row.package);
}

function aptGet(args) {
  const isRoot = process.getuid?.() === 0;
  const command = isRoot ? ['apt-get'] : ['sudo', '-n', 'apt-get'];
  const [file, ...rest] = [...command, '-o', 'Acquire::Retries=2', '-o', 'Acquire::http::Timeout=30', '-q', ...args];
  return spawnSync(file, rest, {
    stdio: ['ignore', process.stderr, process.stderr],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status;
}

/** Installs them where allowed, else throws one sentence that names them. */
export function provideTestPackages(install) {
  const missing = missingTestPackages();
  if (missing.length === 0) return;
  const command = `sudo apt-get install ${missing.join(' ')}`;
  if (!install) {
    throw new Error(
      `the tests need Debian packages that are not here: install them with "${command}", or run "npm test -- --install"`,
    );
  }
  say(`installing Debian packages for the tests: ${missing.join(', ')}`);
  // Lists may be old or absent; an update that fails may still leave lists that serve.
  aptGet(['update']);
  if (aptGet(['install', '-y', '--no-install-recommends', ...missing]) !== 0) {
    throw new Error(`apt-get could not install the tests' packages; its lines above say why; by hand: "${command}"`);
  }
  const still = missingTestPackages();
  if (still.length > 0) throw new Error(`apt-get ended well, yet these are not usable: ${still.join(', ')}`);
}
