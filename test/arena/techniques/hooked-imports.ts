import { launchTarget } from '../launch.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'hooked-imports',
  imitates: 'An entry of the table of imports that leads to injected code',
  family: 'basalt',
  variant: 'fast',
  plant: async (machine, payload) => launchTarget(machine, 'hook-imports', [await payload('flat')]),
};
