import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type Launched, type LaunchOptions, launch } from '../targets/launch.ts';
import { HARNESS } from './config.ts';
import { type Network, openNetwork } from './network.ts';
import { requireRootPrefix } from './privilege.ts';

export const REPOSITORY = resolve(import.meta.dirname, '../..');

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A machine of its own as far as a program can tell: own processes, host name, machine id, network, /tmp, /run and
 * /var/tmp. It sees the host's file system otherwise, and of the host's processes nothing.
 */
export interface Machine {
  readonly name: string;
  readonly machineId: string;
  /** Where the machine's /var/tmp lies on the host. */
  readonly varTmp: string;
  readonly network: Network;
  /** Starts a target program inside; pids in its line are the machine's own. */
  launch(program: string, args: readonly string[], options?: LaunchOptions): Promise<Launched>;
  /** Runs a program inside to its end. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** Starts a program inside that goes on, stdin open until the machine closes. */
  start(program: string, args: readonly string[], environment?: Readonly<Record<string, string>>): ChildProcess;
  /** Gives what programs inside wrote below /var/tmp to the user of the harness, and returns where it lies for us. */
  takeOver(inside: string): Promise<string>;
  /** Ends every program inside. */
  close(): Promise<void>;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Placed before the program, such as `setpriv --reuid=65534 …`. */
  readonly prefix?: readonly string[];
  readonly seconds?: number;
  /** Hears all of standard error so far, each time more comes. */
  readonly onStderr?: (text: string) => void;
}

/** `serverPort`: the port on the host's loopback that the machine reaches as its own 127.0.0.1. */
export async function openMachine(name: string, serverPort: number): Promise<Machine> {
  const { machine, root, init, folder } = await open(name, 'own');
  const network = await openNetwork(root, init.pid, join(folder, 'uplink'), serverPort);
  return {
    ...machine,
    network,
    async close() {
      await machine.end();
      await network.close();
      await removeFolder(root, folder);
    },
  };
}

/** A machine that shares the host's network: for programs that must reach package mirrors. Nobody listens in. */
export type OnlineMachine = Omit<Machine, 'network'>;

export async function openOnlineMachine(name: string): Promise<OnlineMachine> {
  const { machine, root, folder } = await open(name, "the host's");
  return {
    ...machine,
    async close() {
      await machine.end();
      await removeFolder(root, folder);
    },
  };
}

interface Opened {
  readonly machine: Omit<Machine, 'network' | 'close'> & { end(): Promise<void> };
  readonly root: readonly string[];
  readonly init: Init;
  readonly folder: string;
}

async function open(name: string, network: 'own' | "the host's"): Promise<Opened> {
  const root = await requireRootPrefix();
  const folder = await mkdtemp(join(tmpdir(), 'genehound-machine-'));
  const machineId = randomBytes(16).toString('hex');
  await writeFile(join(folder, 'machine-id'), `${machineId}\n`);
  const varTmp = join(folder, 'var-tmp');
  await mkdir(varTmp);
  // Not by mkdir, which the umask would narrow.
  await chmod(varTmp, 0o1777);
  const init = await startInit(root, name, folder, network);
  const spaces = ['--pid', '--mount', '--uts', '--ipc', ...(network === 'own' ? ['--net'] : [])];
  const enter = [...root, 'nsenter', '--target', String(init.pid), ...spaces, '--wd=/', '--'];
  const children = new Set<ChildProcess>();
  const begin = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess => {
    const [command = '', ...rest] = [...enter, ...withEnvironment(environment), ...args];
    const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: HARNESS.path } });
    child.stdin?.on('error', () => undefined);
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  };
  const machine: Opened['machine'] = {
    name,
    machineId,
    varTmp,
    async launch(program, args, options = {}) {
      const prefix = [...enter, ...withEnvironment(options.environment ?? {}), ...(options.prefix ?? [])];
      const one = await launch(program, args, { ...options, prefix });
      children.add(one.child);
      return one;
    },
    run: (program, args, options = {}) =>
      finish(
        begin([...(options.prefix ?? []), program, ...args], options.environment),
        options.seconds ?? 120,
        () => init.child.stdin?.end(),
        options.onStderr,
      ),
    start: (program, args, environment) => begin([program, ...args], environment),
    async takeOver(inside) {
      const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
      const told = await finish(begin(['chown', '-R', owner, inside]), 30, () => init.child.stdin?.end());
      if (told.code !== 0) throw new Error(told.stderr);
      return join(varTmp, relative('/var/tmp', inside));
    },
    async end() {
      init.child.stdin?.end();
      await init.gone;
      await Promise.all(
        [...children].map((child) =>
          child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined,
        ),
      );
    },
  };
  return { machine, root, init, folder };
}

/** `env -i` so that a program inside sees exactly this environment, whatever sudo would have kept. */
function withEnvironment(environment: Readonly<Record<string, string>>): string[] {
  const all = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    HOME: '/root',
    ...environment,
  };
  return ['env', '-i', ...Object.entries(all).map(([name, value]) => `${name}=${value}`)];
}

interface Init {
  readonly child: ChildProcess;
  readonly gone: Promise<unknown>;
  /** Of the machine's first process, as the host numbers it. */
  readonly pid: number;
}

async function startInit(
  root: readonly string[],
  name: string,
  folder: string,
  network: 'own' | "the host's",
): Promise<Init> {
  const kept = [REPOSITORY, folder].filter((path) => path.startsWith('/tmp/'));
  const unshare = [
    'unshare',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--mount',
    ...(network === 'own' ? ['--net'] : []),
    '--uts',
    '--ipc',
    '--',
  ];
  const script = join(import.meta.dirname, 'machine-init.sh');
  const [command = '', ...rest] = [...root, ...unshare, 'sh', script, name, folder, ...kept];
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: HARNESS.path } });
  const gone = once(child, 'exit');
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  child.stdin.on('error', () => undefined);
  const line = once(createInterface({ input: child.stdout }), 'line').then(() => true);
  if (!(await Promise.race([line, gone.then(() => false)]))) {
    throw new Error(`The machine ${name} did not start: ${errors.trim()}`);
  }
  if (child.pid === undefined) throw new Error(`${command} did not start`);
  return { child, gone, pid: await deepestChild(child.pid) };
}

/** sudo and unshare each fork: the machine's first process is the last of the chain. */
async function deepestChild(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
  const first = Number(children.split(' ')[0]);
  return children === '' ? pid : deepestChild(first);
}

/** `abandon` ends the whole machine: killing nsenter would leave what it started. */
async function finish(
  child: ChildProcess,
  seconds: number,
  abandon: () => void,
  onStderr?: (text: string) => void,
): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onStderr?.(stderr);
  });
  child.stdin?.end();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    abandon();
  }, seconds * 1000);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  if (late || code === null) {
    const how = late ? `did not end within ${seconds} s` : `ended by ${signal}`;
    throw new Error(`${child.spawnargs.join(' ')} ${how}: ${stderr}`);
  }
  return { code, stdout, stderr };
}

async function removeFolder(root: readonly string[], folder: string): Promise<void> {
  if (root.length === 0) return rm(folder, { recursive: true, force: true });
  const [command = '', ...rest] = [...root, 'rm', '-rf', '--one-file-system', folder];
  await new Promise<void>((done, fail) => execFile(command, rest, (error) => (error ? fail(error) : done())));
}
