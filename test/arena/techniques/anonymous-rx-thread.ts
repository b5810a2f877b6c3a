import { launchTarget } from '../launch.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'anonymous-rx-thread',
  imitates: 'A loader whose memory was never writable in the map, with a thread in it',
  family: 'amber',
  variant: 'fast',
  plant: async (machine, payload) => launchTarget(machine, 'anonymous-rx', [await payload('flat'), 'thread']),
};
