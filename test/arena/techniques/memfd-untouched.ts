import { launchTarget } from '../launch.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'memfd-untouched',
  imitates: 'Code in a file of memory of which no page is resident',
  family: 'basalt',
  variant: 'unrolled',
  plant: async (machine, payload) => launchTarget(machine, 'memfd-untouched', [await payload('flat')]),
};
