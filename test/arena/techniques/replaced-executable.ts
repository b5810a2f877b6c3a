import { launchTarget } from '../launch.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'replaced-executable',
  imitates: 'A process that maps nothing of its executable any more',
  family: 'amber',
  variant: 'fast',
  plant: async (machine, payload) => launchTarget(machine, 'replaced-executable', [await payload('flat'), 'thread']),
};
