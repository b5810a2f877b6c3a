import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FindingInfo, type ProcessCoverage, SCAN_MESSAGES } from '@genehound/contract';
import { runScanner, scannerPath } from '../../harness/scanner.ts';
import type { Tool } from '../tool.ts';

/** Our scanner alone, without a server: it finds how code stands, and does not know whose it is. */
export const tool: Tool = {
  name: 'genehound scanner',
  missing: async () => {
    await scannerPath();
    return undefined;
  },
  look: async (machine, _technique, planted) => {
    await runScanner(machine, ['-o', '/var/tmp/arena']);
    const out = await machine.takeOver('/var/tmp/arena');
    const folder = join(out, (await readdir(out)).find((name) => name.startsWith('scan_')) ?? '');
    const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(folder, name), 'utf8'));
    const findings: FindingInfo[] = [];
    for (const name of await readdir(folder))
      if (name.startsWith('findings_info_'))
        findings.push(...SCAN_MESSAGES.findings_info.schema.parse(await read(name)).findings_info);
    const ours = findings.filter((one) => planted.pids.includes(one.pid));
    const coverage = SCAN_MESSAGES.coverage_info.schema.parse(await read('coverage_info.json')).coverage_info;
    const gaps = coverage.processes.filter((one) => planted.pids.includes(one.pid) && !one.read).map(gapOf);
    const kinds = [...new Set(ours.map((one) => one.finding))].join(', ');
    return { found: ours.length > 0, says: [kinds, ...gaps].filter((text) => text !== '').join('; ') };
  },
};

function gapOf(process: ProcessCoverage): string {
  const checks = process.checks.filter((one) => one.state !== 'done').map((one) => `${one.check} ${one.reason}`);
  return `not read: ${process.reason ?? checks.join(', ')}`;
}
