/** The steps of set-up, in order; each is a no-op when its result is there already. */
import { buildConsole, buildScanner } from './builds.mjs';
import { installDependencies } from './dependencies.mjs';
import { withLock } from './lock.mjs';
import { provideTestPackages } from './test-packages.mjs';
import { findGo, missingTools } from './tools.mjs';

/**
 * @param {string} root the repository
 * @param {{ purpose: 'hunt' | 'test', install: boolean }} options
 * @returns {Promise<void>} rejects with one sentence that names what is missing and how to get it
 */
export async function runSetup(root, { purpose, install }) {
  const missing = missingTools();
  if (missing.length > 0) throw new Error(missing.join('; '));
  const go = findGo();
  if (purpose === 'test') provideTestPackages(install);
  await withLock(root, async () => {
    await installDependencies(root);
    await buildScanner(root, go);
    await buildConsole(root);
  });
}
