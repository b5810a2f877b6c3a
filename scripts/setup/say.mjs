import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** One line of progress, to stderr: stdout belongs to the command that follows. */
export function say(text) {
  process.stderr.write(`genehound: ${text}\n`);
}

/**
 * Runs a program with all of its output on our stderr.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>} its exit code; 128 + n where signal n ended it, 127 where it could not start
 */
export function runVisibly(file, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', process.stderr, process.stderr] });
    child.on('error', () => resolve(127));
    child.on('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}

/**
 * The same for a program that also tells what it need not do: lines that match `idle` are shown only after one that does
 * not.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {RegExp} idle
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>} as runVisibly
 */
export function runForNews(file, args, idle, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', process.stderr, 'pipe'] });
    let isNews = false;
    createInterface({ input: child.stderr }).on('line', (line) => {
      isNews ||= !idle.test(line);
      if (isNews) process.stderr.write(`${line}\n`);
    });
    child.on('error', () => resolve(127));
    child.on('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}
