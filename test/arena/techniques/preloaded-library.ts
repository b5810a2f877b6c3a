import { launchTarget } from '../launch.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'preloaded-library',
  imitates: 'A library put into a program by its environment',
  family: 'basalt',
  variant: 'plain',
  plant: async (machine, payload) =>
    launchTarget(machine, 'sleeper', [], { environment: { LD_PRELOAD: await payload('library') } }),
};
