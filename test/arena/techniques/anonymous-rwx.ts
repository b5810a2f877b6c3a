import { launchTarget } from '../launch.ts';
import type { Technique } from '../technique.ts';

export const technique: Technique = {
  name: 'anonymous-rwx',
  imitates: 'Shellcode in private memory that is writable and executable',
  family: 'basalt',
  variant: 'plain',
  plant: async (machine, payload) => launchTarget(machine, 'anonymous-rwx', [await payload('flat')]),
};
