import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { NPM_WITH_WINDOWS } from './npm.table.ts';

/** As `npm pack` names it. */
function fileOf(spec: string): string {
  const at = spec.lastIndexOf('@');
  return `${spec.slice(0, at).replace(/^@/, '').replace('/', '-')}-${spec.slice(at + 1)}.tgz`;
}

/** Archives of packages with Windows programs; what cannot be had is told and left out. */
export function npmArchives(cache: string, say: (text: string) => void): string[] {
  const folder = join(cache, 'npm');
  mkdirSync(folder, { recursive: true });
  return NPM_WITH_WINDOWS.flatMap((spec) => {
    const path = join(folder, fileOf(spec));
    if (!existsSync(path)) spawnSync('npm', ['pack', '--silent', spec], { cwd: folder, stdio: 'ignore' });
    if (existsSync(path)) return [path];
    say(`npm has no ${spec}: it is left out`);
    return [];
  });
}
