import { launchTarget } from '../launch.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'memfd-dlopen',
  imitates: 'A library that was loaded from memory',
  family: 'basalt',
  variant: 'unrolled',
  plant: async (machine, payload) => launchTarget(machine, 'memfd-dlopen', [await payload('library')]),
};
