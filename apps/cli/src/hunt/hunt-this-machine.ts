import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Answer, type Client, type HuntReport, huntReport, type ScanReport } from '@genehound/contract';
import type { CliConfig } from '../config.ts';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { waitForScan } from '../wait-for-scan.ts';
import { reportAfterRejudging } from './report-after-rejudging.ts';
import { runScanner } from './run-scanner.ts';
import { TrustedGenome } from './trusted-genome.ts';

const HUNT = 'this machine';
/** The key outlives the longest run, not by much. */
const KEY_SECONDS = 1_800;

async function findOrCreateHunt(client: Client): Promise<Answer<'createHunt'>> {
  const { items } = await client.call('listHunts', {});
  const target = hostname();
  const existing = items.find((hunt) => hunt.name === HUNT && hunt.closedAt === null);
  if (existing === undefined)
    return await client.call('createHunt', { body: { name: HUNT, targets: [target], scansPerEndpoint: 'any' } });
  // The machine may have been renamed since.
  return await client.call('changeTargets', { params: { id: existing.id }, body: { add: [target] } });
}

export interface Hunting {
  readonly client: Client;
  readonly config: CliConfig;
  readonly url: string;
  /** For the scanner: fingerprint of the server's own authority; null where it has none. */
  readonly pin: string | null;
  readonly scanner: string;
  readonly withSudo: boolean;
  /** One line when a step begins. */
  onStep(text: string): void;
  onProgress(text: string): void;
  onScanner(child: ChildProcess): void;
}

interface Delivered {
  readonly scanId: string;
  readonly exit: number;
}

/** Scans with a key of this run alone. Throws a Failure where nothing was delivered. */
async function scan(hunting: Hunting): Promise<Delivered> {
  const { client, config, url, pin, scanner, withSudo } = hunting;
  const hunt = await findOrCreateHunt(client);
  const key = await client.call('createKey', {
    body: { name: `hunt "${HUNT}"`, permission: 'scan', huntId: hunt.id, expiresIn: KEY_SECONDS },
  });
  try {
    const scanId = randomUUID();
    const { exit, lastLines } = await runScanner(scanner, {
      url,
      pin,
      key: key.secret,
      analysisId: scanId,
      withSudo,
      environment: config.childEnvironment,
      onLine: hunting.onProgress,
      onStart: hunting.onScanner,
    });
    if (exit !== EXIT.done && exit !== EXIT.incomplete) {
      throw new Failure(EXIT.failed, `The scanner ended with exit code ${exit}: ${lastLines.join(' ')}`);
    }
    return { scanId, exit };
  } finally {
    await client.call('revokeKey', { params: { id: key.id } });
  }
}

/** Files that the scan saw and no family explains. Their paths only choose packages. */
function unknownFiles(report: ScanReport): string[] {
  return report.notTrusted.flatMap(({ layout, verdict, path }) =>
    layout === 'file' && verdict === 'unknown' && path !== null ? [path] : [],
  );
}

/** What began to run after the list for the genome was made: its packages are fetched now, and the scan judged again. */
async function addLatecomers(hunting: Hunting, genome: TrustedGenome, report: ScanReport): Promise<ScanReport> {
  const since = Date.now();
  if ((await genome.add(unknownFiles(report))) === 0) return report;
  return reportAfterRejudging(hunting.client, report.scanId, since);
}

/** The whole hunt; answers the report that `--json` prints, checked against its schema. */
export async function huntThisMachine(hunting: Hunting, serverSeconds: number): Promise<HuntReport> {
  const phases: Record<string, number> = { server: serverSeconds };
  const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const from = performance.now();
    const result = await work();
    phases[name] = Math.round(performance.now() - from) / 1000;
    return result;
  };
  const { client, onProgress } = hunting;
  hunting.onStep('Trusted genome: the packages behind what runs here');
  const genome = await timed('genome', () => TrustedGenome.build(hunting));
  hunting.onStep('Scan: the memory of this machine');
  const { scanId, exit } = await timed('scan', () => scan(hunting));
  hunting.onStep('Verdict: comparing genes');
  await timed('verdict', () => waitForScan(client, scanId, ({ pending }) => onProgress(`${pending} artifacts to go`)));
  const judged = await client.call('getScanReport', { params: { id: scanId } });
  const late = unknownFiles(judged);
  const report = late.length === 0 ? judged : await timed('latecomers', () => addLatecomers(hunting, genome, judged));
  return huntReport.parse({
    ...report,
    seconds: Math.round(performance.now()) / 1000,
    phases,
    console: hunting.url,
    scannerExit: exit,
    genome: genome.summary(),
  });
}
