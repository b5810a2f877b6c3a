import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Programs and libraries of Debian packages of one architecture, for campaigns; fetched with an apt configuration of their own: the
 * machine's stays as it is. Kept in the temporary folder for the next campaign. Needs the network.
 */
export function debianCorpus(architecture: 'amd64' | 'i386' | 'arm64', packages: readonly string[]): readonly string[] {
  const folder = join(tmpdir(), `genehound-${architecture}-corpus`);
  const root = join(folder, 'root');
  if (!existsSync(join(folder, 'complete'))) {
    for (const name of ['lists/partial', 'cache/archives/partial', 'debs', 'root']) {
      mkdirSync(join(folder, name), { recursive: true });
    }
    writeFileSync(join(folder, 'status'), '');
    const settings = [
      `APT::Architecture=${architecture}`,
      `APT::Architectures=${architecture}`,
      `Dir::State=${folder}`,
      `Dir::State::lists=${folder}/lists`,
      `Dir::State::status=${folder}/status`,
      `Dir::Cache=${folder}/cache`,
    ].flatMap((setting) => ['-o', setting]);
    const debs = join(folder, 'debs');
    // One of several lists may fail to come; what is missing then, the download says.
    spawnSync('apt-get', [...settings, 'update'], { stdio: 'ignore' });
    execFileSync('apt-get', [...settings, 'download', ...packages], { cwd: debs, stdio: 'ignore' });
    for (const deb of readdirSync(debs)) execFileSync('dpkg-deb', ['-x', join(debs, deb), root]);
    writeFileSync(join(folder, 'complete'), '');
  }
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && (/\.so(\.|$)/.test(entry.name) || isProgram(entry.parentPath, entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Large programs lie beside the folders of programs, without a suffix. */
function isProgram(folder: string, name: string): boolean {
  return folder.endsWith('/bin') || /^(chromium|firefox-esr|cc1|cc1plus|go|compile)$/.test(name);
}
