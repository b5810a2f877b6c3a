import type { fleet } from '@genehound/contract';

type Platform = (typeof fleet.SCANNER_PLATFORMS)[number];

export interface Commands {
  readonly check: (sha256: string) => string;
  readonly run: string;
  readonly selfTest: string;
  readonly offline: string;
}

/** What is typed on an endpoint of a platform; `origin` is the server's address as this browser knows it. */
export function commandsOf(platform: Platform, file: string, origin: string, key: string): Commands {
  const run = `-k ${key} -u ${origin}`;
  if (platform === 'windows-amd64') {
    return {
      check: (sha256) => `(Get-FileHash .\\${file}).Hash -eq "${sha256.toUpperCase()}"`,
      run: `.\\${file} ${run}`,
      selfTest: `.\\${file} ${run} --self-test`,
      offline: `.\\${file} -o C:\\Temp\\scan`,
    };
  }
  return {
    check: (sha256) => `echo "${sha256}  ${file}" | sha256sum --check && chmod +x ${file}`,
    run: `sudo ./${file} ${run}`,
    selfTest: `sudo ./${file} ${run} --self-test`,
    offline: `sudo ./${file} -o /tmp/scan`,
  };
}
