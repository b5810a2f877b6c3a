import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildPayload } from '../../targets/families.ts';
import type { Tool } from '../tool.ts';

/** Patterns of bytes, spread over the code. A signature that is shorter meets other programs. */
const PATTERNS = 24;
const PATTERN_BYTES = 24;

/**
 * YARA with a rule for the family, made as an analyst would make it: from the labelled build of its code, of which what is
 * planted is another build. It knows bytes, not how code stands: what carries no code of the family it cannot find.
 */
export const tool: Tool = {
  name: 'yara',
  missing: async () => {
    const { spawnSync } = await import('node:child_process');
    return spawnSync('yara', ['--version']).status === 0 ? undefined : 'yara is not installed (Debian: yara)';
  },
  look: async (machine, technique, planted) => {
    const code = await readFile(await buildPayload(technique.family, 'labelled', 'flat'));
    const step = Math.floor((code.length - PATTERN_BYTES) / PATTERNS);
    const strings = Array.from({ length: PATTERNS }, (_, i) => {
      const bytes = code.subarray(i * step, i * step + PATTERN_BYTES).toString('hex');
      return `$p${i} = { ${bytes} }`;
    });
    const rules = `rule family { strings: ${strings.join(' ')} condition: any of them }`;
    await writeFile(join(machine.varTmp, 'family.yar'), rules);
    const says: string[] = [];
    let found = false;
    for (const pid of planted.pids) {
      const { stdout, stderr } = await machine.run('yara', ['/var/tmp/family.yar', String(pid)]);
      found ||= stdout.includes('family');
      if (stderr.trim() !== '') says.push(stderr.trim().split('\n')[0] ?? '');
    }
    return { found, says: says.join('; ') };
  },
};
