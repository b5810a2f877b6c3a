/** The only place of the test harness that reads the environment. */

const environment = process.env;

/** How this machine reaches mirrors and registries: proxies, certificates, npm's and Go's own settings. */
const WAYS_OUT = [
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'npm_config_registry',
  'GOPROXY',
  'GOSUMDB',
];

export const HARNESS = Object.freeze({
  /** In CI a check that cannot run is a failure; on a developer's machine it is skipped with a sentence. */
  ci: !['', '0', 'false', undefined].includes(environment['CI']),
  path: environment['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  home: environment['HOME'] ?? '/root',
  /** For programs that must reach mirrors from a clean environment. */
  waysOut: Object.freeze(
    Object.fromEntries(
      WAYS_OUT.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
    ),
  ),
  /** Longer campaigns: `npm run test:long`. */
  long: environment['GENEHOUND_LONG'] === '1',
});
