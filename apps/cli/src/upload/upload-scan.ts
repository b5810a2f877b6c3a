import { type Layout, SCAN_MESSAGES } from '@genehound/contract';
import type { OfflineMessage, OfflineScan } from '@genehound/intake';
import { type CreatedScan, Refused, type ScanUploadClient } from './scan-upload-client.ts';

export interface Uploaded {
  readonly analysisId: string;
  readonly messages: number;
  readonly binaries: number;
  /** One sentence each: what could not be read here or was refused there. The rest was delivered. */
  readonly problems: readonly string[];
}

export interface UploadOptions {
  /** Delivers a scan that the server may have already: under an id of its own. */
  readonly anew: boolean;
  onProgress(text: string): void;
}

const PARALLEL = 2;

/** The first layout under which the bytes are here; a dump says by itself which one to try first. */
async function findSample(
  scan: OfflineScan,
  message: OfflineMessage,
  sha256: string,
): Promise<{ layout: Layout; path: string } | undefined> {
  const layouts: readonly Layout[] = message.name === 'files_info' ? ['file'] : ['mapped', 'raw'];
  for (const layout of layouts) {
    const path = await scan.sample(layout, sha256);
    if (path !== null) return { layout, path };
  }
  return undefined;
}

async function sendBinaries(
  client: ScanUploadClient,
  target: CreatedScan,
  scan: OfflineScan,
  message: OfflineMessage,
  wanted: readonly string[],
  problems: string[],
  onProgress: (text: string) => void,
): Promise<number> {
  const queue = [...new Set(wanted.map((hash) => hash.toLowerCase()))];
  let sent = 0;
  const work = async (): Promise<void> => {
    for (let sha256 = queue.shift(); sha256 !== undefined; sha256 = queue.shift()) {
      const sample = await findSample(scan, message, sha256);
      if (sample === undefined) {
        problems.push(`The server asks for ${sha256}, of which the directory has no bytes`);
        continue;
      }
      onProgress(`${message.file}: ${queue.length + 1} binaries to send`);
      try {
        await client.sendBinary(target, sample.layout, sample.path);
        sent += 1;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        problems.push(`The server refused ${sample.path}: ${error.message}`);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return sent;
}

/**
 * Delivers one offline scan by the public protocol. Throws a Failure where the server is gone, Refused where it
 * takes the scan as a whole not at all; what is refused in part becomes a problem.
 */
export async function uploadScan(
  client: ScanUploadClient,
  scan: OfflineScan,
  options: UploadOptions,
): Promise<Uploaded> {
  const { analysis_id: _own, endpoint_analysis_id: _older, ...rest } = scan.scannerInfo;
  const info = options.anew ? rest : scan.scannerInfo;
  const target = await client.create({ ...info, scan_type: 'offline_endpoint_scan' });
  const problems: string[] = [];
  let messages = 0;
  let binaries = 0;
  for await (const message of scan.messages()) {
    options.onProgress(message.file);
    try {
      const wanted = await client.send(target, message);
      messages += 1;
      binaries += await sendBinaries(client, target, scan, message, wanted, problems, options.onProgress);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const weight = SCAN_MESSAGES[message.name].mandatory ? ' (without it the scan is incomplete)' : '';
      problems.push(`The server refused ${message.file}${weight}: ${error.message}`);
    }
  }
  await client.end(target, {
    reason: scan.endReason,
    ...(scan.endTime === null ? {} : { end_time: scan.endTime }),
  });
  return { analysisId: target.analysisId, messages, binaries, problems: [...scan.problems, ...problems] };
}
