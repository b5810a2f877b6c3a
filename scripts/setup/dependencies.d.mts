/** What differs between the lock file and what is installed, as a phrase; undefined where nothing does. */
export function installationTrouble(root: string): string | undefined;
