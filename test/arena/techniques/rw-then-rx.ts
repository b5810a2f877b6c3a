import { launchTarget } from '../launch.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'rw-then-rx',
  imitates: 'A loader that writes code first and makes it executable afterwards',
  family: 'amber',
  variant: 'plain',
  plant: async (machine, payload) => launchTarget(machine, 'rw-then-rx', [await payload('flat')]),
};
