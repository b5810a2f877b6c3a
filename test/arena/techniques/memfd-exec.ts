import { launchTarget } from '../launch.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'memfd-exec',
  imitates: 'A program that runs from memory under the name of a kernel thread',
  family: 'amber',
  variant: 'fast',
  plant: async (machine, payload) => launchTarget(machine, 'memfd-exec', [await payload('program')]),
};
