import { launchTarget } from '../launch.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'deleted-library',
  imitates: 'A library whose file is deleted',
  family: 'amber',
  variant: 'unrolled',
  plant: async (machine, payload) =>
    launchTarget(machine, 'deleted-library', [await payload('library'), '/var/tmp/gone.so']),
};
