import { buildProgram } from '../../targets/programs.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'patched-vdso',
  imitates: 'The kernel’s own page of code changed in another process',
  family: 'amber',
  variant: 'fast',
  plant: async (machine) => {
    const victim = await machine.launch(await buildProgram('sleeper'), []);
    await machine.launch(await buildProgram('patch-vdso'), [String(victim.ready.pid)]);
    return { pids: [victim.ready.pid] };
  },
};
