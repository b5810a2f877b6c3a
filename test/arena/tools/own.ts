import type { Tool } from '../tool.ts';

/**
 * A tool that the user provides: `--tool 'NAME=COMMAND {pid}'`. The command runs on the machine, once for each planted process;
 * what it prints on standard output, if anything, is what it found.
 */
export function ownTool(definition: string): Tool {
  const at = definition.indexOf('=');
  if (at < 1 || !definition.includes('{pid}')) throw new Error(`"${definition}" is not NAME=COMMAND with {pid} in it`);
  const command = definition.slice(at + 1);
  return {
    name: definition.slice(0, at),
    missing: async () => undefined,
    look: async (machine, _technique, planted) => {
      const said: string[] = [];
      for (const pid of planted.pids) {
        const { stdout } = await machine.run('sh', ['-c', command.replaceAll('{pid}', String(pid))]);
        if (stdout.trim() !== '') said.push(stdout.trim().split('\n')[0]?.slice(0, 100) ?? '');
      }
      return { found: said.length > 0, says: said.join('; ') };
    },
  };
}
