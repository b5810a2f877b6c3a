import { launchTarget } from '../launch.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'kernel-name',
  imitates: 'An ordinary program under the name of a kernel thread',
  family: 'amber',
  variant: 'plain',
  plant: async (machine, payload) => launchTarget(machine, 'kernel-name', [await payload('program')]),
};
