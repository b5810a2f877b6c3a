import { buildProgram } from '../../targets/programs.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'ptrace-injection',
  imitates: 'Code written into another process by a debugger’s means, run by a thread of the victim',
  family: 'basalt',
  variant: 'fast',
  plant: async (machine, payload) => {
    const victim = await machine.launch(await buildProgram('sleeper'), []);
    const injector = await buildProgram('ptrace-inject');
    await machine.launch(injector, [String(victim.ready.pid), await payload('flat'), 'thread']);
    return { pids: [victim.ready.pid] };
  },
};
