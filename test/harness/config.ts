/** The only place of the test harness that reads the environment. */

const environment = process.env;

export const HARNESS = Object.freeze({
  /** In CI a check that cannot run is a failure; on a developer's machine it is skipped with a sentence. */
  ci: !['', '0', 'false', undefined].includes(environment['CI']),
  path: environment['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  home: environment['HOME'] ?? '/root',
  /** Longer campaigns: `npm run test:long`. */
  long: environment['GENEHOUND_LONG'] === '1',
});
