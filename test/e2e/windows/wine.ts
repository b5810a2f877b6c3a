import { execFile } from 'node:child_process';
import { access, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HARNESS } from '../../harness/config.ts';
import { REPOSITORY } from '../../harness/machine.ts';
import { type Launched, launch } from '../../targets/launch.ts';
import { buildRandomLibrary } from '../../targets/windows/programs.ts';

const run = promisify(execFile);

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Windows of its own, as far as Wine is one. Paths of programs in it begin with `C:\`. */
export interface Wine {
  /** Where `C:\` is on this machine. */
  readonly drive: string;
  /** Copies a file to the root of `C:` and returns its Windows path. */
  put(path: string, name: string): Promise<string>;
  /** Runs a program to its end. */
  run(program: string, args: readonly string[]): Promise<Finished>;
  /** Starts a target, with a line for its input, and waits for the line that it says. */
  launch(program: string, args: readonly string[], line?: string): Promise<Launched>;
  /** Makes it the Windows that it says it is: `win10`, `win7` … */
  become(version: string): Promise<void>;
  /** Ends every target that was started. */
  endTargets(): Promise<void>;
  /** Ends all that runs in it and removes it. */
  close(): Promise<void>;
}

/** Makes a prefix with nothing from outside in it, and the random numbers that programs of Go ask for. */
export async function openWine(): Promise<Wine> {
  const root = await mkdtemp(join(tmpdir(), 'genehound-wine-'));
  const environment = {
    PATH: HARNESS.path,
    HOME: root,
    LANG: 'C.UTF-8',
    WINEPREFIX: join(root, 'prefix'),
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree=;mshtml=;winemenubuilder.exe=;bcryptprimitives=n',
  };
  const drive = join(root, 'prefix', 'drive_c');
  const call = async (program: string, args: readonly string[]): Promise<Finished> => {
    try {
      const { stdout, stderr } = await run(program, [...args], { env: environment, maxBuffer: 64 << 20 });
      return { code: 0, stdout, stderr };
    } catch (error) {
      const failed = error as { code?: unknown; stdout?: string; stderr?: string };
      if (typeof failed.code !== 'number') throw error;
      return { code: failed.code, stdout: failed.stdout ?? '', stderr: failed.stderr ?? '' };
    }
  };
  await call('wineboot', ['-i']);
  await copyFile(await buildRandomLibrary(), join(drive, 'windows', 'system32', 'bcryptprimitives.dll'));
  const targets: Launched[] = [];
  const endTargets = async (): Promise<void> => {
    await Promise.all(targets.splice(0).map((target) => target.end()));
  };
  return {
    drive,
    async put(path, name) {
      await copyFile(path, join(drive, name));
      return `C:\\${name}`;
    },
    run: (program, args) => call('wine', [program, ...args]),
    async launch(program, args, line) {
      const options = { environment, prefix: ['wine'], ...(line === undefined ? {} : { line }) };
      const target = await launch(program, args, options);
      targets.push(target);
      return target;
    },
    async become(version) {
      await call('wine', ['winecfg', '/v', version]);
    },
    endTargets,
    async close() {
      await endTargets();
      await call('wineserver', ['-k']);
      await call('wineserver', ['-w']);
      await rm(root, { recursive: true, force: true });
    },
  };
}

let built: Promise<string> | undefined;

/** `Scanner.exe` of this checkout, built where it is not up to date. */
export function scannerForWindows(): Promise<string> {
  built ??= (async () => {
    await run(process.execPath, [join(REPOSITORY, 'scanner/build.mjs'), '--only', 'Scanner.exe'], {
      maxBuffer: 16 << 20,
    });
    const path = join(REPOSITORY, 'scanner/dist', 'Scanner.exe');
    await access(path);
    return path;
  })();
  return built;
}
