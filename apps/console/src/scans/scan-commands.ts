/** What is typed on an endpoint; `origin` is the server's address as this browser knows it. */
export function scannerCommands(origin: string, key: string): { readonly linux: string; readonly windows: string } {
  return {
    linux: `sudo ./scanner-linux-amd64 -k ${key} -u ${origin}`,
    windows: `Scanner.exe -k ${key} -u ${origin}`,
  };
}

export const HUNT_COMMAND = 'npm run hunt';
export const KEY_COMMAND = 'npm run -s genehound -- key create scanners --permission scan --expires 1d';
