/** The two things that are built: the scanner (Go) and the console (Vite). */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { runForNews, runVisibly, say } from './say.mjs';

const SCANNER = { x64: 'scanner-linux-amd64', arm64: 'scanner-linux-arm64' };

/** What the scanner's build script says of a build that is there already. */
const NO_NEWS = / is up to date\.$| bytes {2}sha256 [0-9a-f]{64}$/;

/** The scanner's own build script decides whether there is anything to do. */
export async function buildScanner(root, go) {
  const script = join(root, 'scanner', 'build.mjs');
  const path = `${dirname(go.path)}${delimiter}${process.env.PATH ?? ''}`;
  const env = { ...process.env, PATH: path };
  const code = await runForNews(process.execPath, [script], NO_NEWS, { cwd: root, env });
  if (code !== 0) throw new Error(`the scanner could not be built (exit code ${code}); the lines above say why`);
  const result = join(root, 'scanner', 'dist', SCANNER[process.arch] ?? '');
  if (!existsSync(result)) throw new Error(`the scanner's build ended well without writing ${result}`);
}

function hashTree(hash, path) {
  for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === 'node_modules' || entry.name === 'dist') continue;
    const inner = join(path, entry.name);
    if (entry.isDirectory()) hashTree(hash, inner);
    else if (entry.isFile()) hash.update(`${entry.name}\0`).update(readFileSync(inner));
  }
}

/** SHA-256 over everything that the console's build reads. */
function consoleHash(root) {
  const hash = createHash('sha256');
  hashTree(hash, join(root, 'apps', 'console'));
  hashTree(hash, join(root, 'packages', 'contract', 'src'));
  return hash.update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
}

export async function buildConsole(root) {
  const folder = join(root, 'apps', 'console');
  const stamp = join(root, '.genehound', 'console.sha256');
  const wanted = consoleHash(root);
  const isCurrent =
    existsSync(join(folder, 'dist', 'index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (isCurrent) return;
  say('building the console');
  const node = join(root, 'node_modules', '.bin', 'node');
  const code = await runVisibly(
    node,
    [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
    { cwd: folder },
  );
  if (code !== 0) throw new Error(`the console could not be built (exit code ${code}); the lines above say why`);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}
