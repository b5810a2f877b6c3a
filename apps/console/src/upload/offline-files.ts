import { BINARY_ROUTES, type Layout, SCAN_MESSAGES, type ScanMessageName } from '@genehound/contract';

/** The parts of an offline directory (section 6 of the public contract), found by their names. */

interface Named {
  readonly path: string;
}

export interface OfflineMessage<F> {
  readonly name: ScanMessageName;
  readonly route: string;
  readonly wants: boolean;
  readonly file: F;
}

export interface OfflineParts<F> {
  readonly scannerInfo: F;
  readonly summary: F | undefined;
  /** In the order of the protocol. */
  readonly messages: readonly OfflineMessage<F>[];
  /** By layout and SHA-256. */
  sample(layout: Layout, sha256: string): F | undefined;
}

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const LAYOUT_NAMES = Object.keys(BINARY_ROUTES) as Layout[];

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{(pid|n)\}/, '(\\d{1,10})')}$`);
}

function messagesOf<F extends Named>(files: readonly F[]): readonly OfflineMessage<F>[] {
  return (Object.keys(SCAN_MESSAGES) as ScanMessageName[]).flatMap((name) => {
    const { file: template, route, wants } = SCAN_MESSAGES[name];
    const pattern = patternOf(template);
    return files
      .flatMap((file) => {
        const match = pattern.exec(baseOf(file.path));
        return match === null ? [] : [{ file, number: Number(match[1] ?? 0) }];
      })
      .sort((left, right) => left.number - right.number)
      .map(({ file, number }) => ({ name, route: route.replace('{pid}', String(number)), wants, file }));
  });
}

/** Every scan that the files hold. Samples are named by their hash, and lie beside the scans that share them. */
export function offlineScans<F extends Named>(files: readonly F[]): readonly OfflineParts<F>[] {
  const samples = new Map<string, F>();
  for (const file of files) {
    const match = /(?:^|\/)([a-z_]+)\/([0-9a-f]{64})\.sample$/.exec(file.path);
    const layout = LAYOUT_NAMES.find((name) => BINARY_ROUTES[name].folder === match?.[1]);
    if (layout !== undefined) samples.set(`${layout} ${match?.[2]}`, file);
  }
  const folders = Map.groupBy(files, ({ path }) => path.slice(0, path.length - baseOf(path).length));
  return [...folders.values()].flatMap((own) => {
    const named = (name: string): F | undefined => own.find(({ path }) => baseOf(path) === name);
    const scannerInfo = named('scanner_info.json');
    if (scannerInfo === undefined) return [];
    const sample = (layout: Layout, sha256: string): F | undefined => samples.get(`${layout} ${sha256}`);
    return [{ scannerInfo, summary: named('scan_summary.json'), messages: messagesOf(own), sample }];
  });
}
