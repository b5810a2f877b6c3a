import type { Machine } from '../harness/machine.ts';
import type { LaunchOptions } from '../targets/launch.ts';
import { buildProgram, type ProgramName } from '../targets/programs.ts';
import type { Planted } from './technique.ts';

/** Starts one of the target programs; it alone is what is planted. */
export async function launchTarget(
  machine: Machine,
  name: ProgramName,
  args: readonly string[],
  options: LaunchOptions = {},
): Promise<Planted> {
  const { ready } = await machine.launch(await buildProgram(name), args, options);
  return { pids: [ready.pid] };
}
