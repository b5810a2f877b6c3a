import { launchTarget } from '../launch.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'deleted-executable',
  imitates: 'A program that deletes its own file',
  family: 'basalt',
  variant: 'fast',
  plant: async (machine, payload) =>
    launchTarget(machine, 'deleted-executable', [await payload('program'), '/var/tmp/gone']),
};
