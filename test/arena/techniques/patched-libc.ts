import { buildProgram } from '../../targets/programs.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'patched-libc',
  imitates: 'A function of a system library switched off in another process by seven bytes; no foreign code remains',
  family: 'amber',
  variant: 'fast',
  plant: async (machine) => {
    const victim = await machine.launch(await buildProgram('sleeper'), []);
    await machine.launch(await buildProgram('patch-libc'), [String(victim.ready.pid), 'getlogin_r', 'bytes']);
    return { pids: [victim.ready.pid] };
  },
};
