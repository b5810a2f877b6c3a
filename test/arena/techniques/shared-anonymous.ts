import { launchTarget } from '../launch.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'shared-anonymous',
  imitates: "Code in shared anonymous memory, which the page table shows as a file's",
  family: 'basalt',
  variant: 'fast',
  plant: async (machine, payload) => launchTarget(machine, 'shared-anonymous', [await payload('flat')]),
};
