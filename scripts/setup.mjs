#!/usr/bin/env node
/**
 * Installs what a command of the README needs and is not there yet; says nothing when all is there.
 *
 *   node scripts/setup.mjs --for hunt|test [--install]
 *
 * Runs on whatever Node starts it, before any dependency exists: plain JavaScript, built-in modules only.
 * Everything it prints goes to stderr, since stdout belongs to the command that follows.
 * Exit: 0 all is there, 1 something is missing or failed (one sentence says what and how to get it).
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function refuse(sentence) {
  process.stderr.write(`genehound: ${sentence}\n`);
  process.exit(1);
}

function readArguments(argv) {
  const purpose = argv[argv.indexOf('--for') + 1];
  if (!argv.includes('--for') || (purpose !== 'hunt' && purpose !== 'test')) {
    refuse('use scripts/setup.mjs --for hunt|test [--install]');
  }
  return { purpose, install: argv.includes('--install') || wantsInstall(purpose) };
}

/**
 * `npm test -- --install` hands its arguments to the main script only; the pre script sees them in what npm
 * keeps in the environment, and an npm that does not know the word as an option keeps it as one all the same.
 */
function wantsInstall(purpose) {
  if (purpose !== 'test') return false;
  if (process.env.CI !== undefined && !['', '0', 'false'].includes(process.env.CI)) return true;
  if (process.env.npm_config_install === 'true') return true;
  return parentArguments().includes('--install');
}

/** Arguments of the npm that started this script; an empty list where they cannot be read. */
function parentArguments() {
  const found = [];
  let pid = process.ppid;
  for (let step = 0; step < 3 && pid > 1; step += 1) {
    try {
      found.push(...readFileSync(`/proc/${pid}/cmdline`, 'utf8').split(/[\0 ]/));
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    } catch {
      break;
    }
  }
  return found;
}

const major = Number(process.versions.node.split('.')[0]);
if (major < OLDEST_NODE) {
  refuse(
    `Node.js ${process.versions.node} is too old to install the dependencies, ${OLDEST_NODE} or later is needed: install it with "sudo npm install -g node@24", or from https://nodejs.org/en/download`,
  );
}
if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
  refuse(`this works on Linux (x64, arm64) only so far, not on ${process.platform} ${process.arch}`);
}

const options = readArguments(process.argv.slice(2));
// Imported only now: an older Node would fail on their syntax before it could be refused.
const { runSetup } = await import('./setup/run.mjs');
try {
  await runSetup(root, options);
} catch (error) {
  refuse(error instanceof Error ? error.message : String(error));
}
