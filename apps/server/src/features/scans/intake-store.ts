import { randomUUID } from 'node:crypto';
import { AppError, type Layout, MOST_RECALLED_BYTES, SCAN_MESSAGES, type ScannerInfo } from '@genehound/contract';
import {
  INTAKE_LIMITS,
  type OpenScan,
  type ReceivedMessage,
  requireFree,
  type ScanStore,
  type Sender,
  type Spooled,
} from '@genehound/intake';
import type { Context } from '../../platform/context.ts';
import { inTransaction, type Tx } from '../../platform/database.ts';
import { fault } from '../../platform/fault.ts';
import type { Principal } from '../../platform/http/principal.ts';
import type { RateLimiter } from '../../platform/http/rate-limits.ts';
import { newId } from '../../platform/ids.ts';
import { requireQuota } from '../accounts/read.ts';
import { enqueueArtifacts, promote } from '../analysis/read.ts';
import { receiveArtifact } from '../artifacts/read.ts';
import { globalFileLabels } from '../genome/read.ts';
import { currentRound } from '../hunts/read.ts';
import { addPart, packPart, readContent } from './parts-store.ts';
import { CONCLUDE_SCAN } from './queues.ts';
import { signReceipt } from './receipt.ts';
import * as store from './store.ts';

export interface Credentials {
  /** Who holds this access token or key, or null. */
  principalOf(bearer: string): Promise<Principal | null>;
  /** An access token for a key. AppError bad_key. */
  exchange(key: string): Promise<{ readonly token: string; readonly expiresAt: number }>;
}

const refOf = (scan: OpenScan): store.ScanRef => ({ organisation: scan.sender.organisation, id: scan.analysisId });

/** Locks the scan and refuses where it has ended meanwhile: two requests of one client may overlap. */
async function lockReceiving(tx: Tx, scan: OpenScan): Promise<void> {
  if ((await store.lockScan(tx, refOf(scan))) !== 'receiving') throw new AppError('scan_over');
}

function claimedSize(size: number | bigint | undefined): number | null {
  return size === undefined || size > Number.MAX_SAFE_INTEGER ? null : Number(size);
}

/** Artifacts that a message announces, each once: images among the files, and memory that was taken. */
function announcementsOf(message: ReceivedMessage): readonly store.Announcement[] {
  const found = new Map<string, store.Announcement>();
  if (message.name === 'files_info') {
    for (const file of message.value.files_info) {
      if (file.is_image === false) continue;
      found.set(file.sha256, { sha256: file.sha256, layout: 'file', size: claimedSize(file.size_in_bytes) });
    }
  }
  if (message.name === 'memory_module_dumps_info') {
    for (const dump of message.value.memory_module_dumps_info) {
      const layout = dump.is_fileless === true ? 'raw' : 'mapped';
      const either = dump.is_fileless === undefined;
      found.set(`${dump.sha256}:${layout}`, { sha256: dump.sha256, layout, size: null, either });
    }
  }
  return [...found.values()];
}

/**
 * Tells which announcements this organisation has, in the layout that they name: the same bytes read as another layout
 * are other code, and a scan is judged by its own. Either memory layout does where the client leaves it to the route.
 */
async function storedAmong(
  tx: Tx,
  organisation: string,
  files: readonly store.Announcement[],
  memory: readonly store.Announcement[],
): Promise<(item: store.Announcement) => boolean> {
  const find = async (layout: Layout, items: readonly store.Announcement[]) =>
    await store.findStored(
      tx,
      organisation,
      [layout],
      items.map((item) => item.sha256),
    );
  const stored = {
    file: await find('file', files),
    mapped: await find('mapped', memory),
    raw: await find('raw', memory),
  };
  return ({ sha256, layout, either }) =>
    stored[layout].has(sha256) || (either === true && (stored.mapped.has(sha256) || stored.raw.has(sha256)));
}

/**
 * What is asked for: neither this organisation has it nor a global label names that very file. Whether another
 * organisation has it plays no part, in the answer as in the time it takes.
 */
async function announce(
  context: Context,
  tx: Tx,
  scan: OpenScan,
  items: readonly store.Announcement[],
): Promise<readonly string[]> {
  if (items.length === 0) return [];
  const { organisation } = scan.sender;
  const files = items.filter((item) => item.layout === 'file');
  const memory = items.filter((item) => item.layout !== 'file');
  const labelled = await globalFileLabels(
    tx,
    files.map((item) => item.sha256),
  );
  const isStored = await storedAmong(tx, organisation, files, memory);
  const byLabel = files.filter((item) => labelled.has(item.sha256) && !isStored(item));
  await store.insertLabelled(tx, organisation, byLabel);
  await enqueueArtifacts(context, tx, organisation, await store.unjudgedAmong(tx, organisation, items), 'by a scan');
  const wanted = items.filter((item) => !isStored(item) && !(item.layout === 'file' && labelled.has(item.sha256)));
  const isFitting = (item: store.Announcement): boolean => (item.size ?? 0) <= INTAKE_LIMITS.binary;
  const fitting = wanted.filter(isFitting);
  const tooLarge = wanted.filter((item) => !isFitting(item));
  for (const item of tooLarge.slice(0, store.MOST_PROBLEMS)) {
    await store.insertProblem(tx, refOf(scan), {
      code: 'too_large',
      message: `The file ${item.sha256} of ${item.size} bytes is larger than what is taken`,
    });
  }
  const hashes = new Set(wanted.map((item) => item.sha256));
  await store.insertAnnouncements(tx, refOf(scan), items, hashes);
  return [...new Set(fitting.map((item) => item.sha256))];
}

async function create(context: Context, sender: Sender, info: ScannerInfo, body: Uint8Array) {
  await requireFree(context.config.data, context.config.minimumFreeBytes);
  const id = info.analysis_id ?? info.endpoint_analysis_id ?? newId();
  const scanId = randomUUID();
  const packed = await packPart(body);
  const { organisation, huntId } = sender;
  const round = huntId === null ? null : await currentRound(context, { organisation, id: huntId });
  const uploadId = await inTransaction(context.db, async (tx) => {
    const inserted = await store.insertScan(tx, {
      organisation: sender.organisation,
      id,
      uploadId: scanId,
      huntId: sender.huntId,
      round,
      keyId: sender.keyId,
      scanType: info.scan_type ?? null,
      scannerVersion: info.scanner_info?.scanner_version ?? null,
      address: sender.address,
      claimedStart: info.start_time ?? null,
    });
    if (!inserted) {
      const twin = await store.findTwin(tx, { organisation: sender.organisation, id }, sender.keyId, packed.sha256);
      if (twin === null) throw new AppError('conflict', { details: `The analysis id ${id} is taken` });
      return twin;
    }
    await requireQuota(tx, organisation, 'scans', 'counted');
    context.live.publish(tx, sender.organisation, { kind: 'scan', scanId: id, state: 'receiving', huntId });
    await addPart(tx, { organisation: sender.organisation, scanId: id, message: 'scanner_info', part: 0 }, packed);
    return scanId;
  });
  return { scanId: uploadId, analysisId: id };
}

async function addMessage(context: Context, scan: OpenScan, message: ReceivedMessage): Promise<readonly string[]> {
  await requireFree(context.config.data, context.config.minimumFreeBytes);
  const packed = await packPart(message.body);
  const { organisation } = scan.sender;
  const numbered = message.pid ?? (SCAN_MESSAGES[message.name].many ? null : 0);
  const wanted = await inTransaction(context.db, async (tx) => {
    await lockReceiving(tx, scan);
    await addPart(tx, { organisation, scanId: scan.analysisId, message: message.name, part: numbered }, packed);
    if (message.name === 'findings_info') await promote(tx, organisation, message.value.findings_info);
    const answer = await announce(context, tx, scan, announcementsOf(message));
    fault('intake:before-commit');
    return answer;
  });
  fault('intake:after-commit');
  return wanted;
}

/**
 * Public clients do not say whether a dump is an image or bare pages before they choose the route: the route
 * decides, so either memory layout is taken for what was announced as memory.
 */
function fits(announced: readonly string[], layout: Layout): boolean {
  return announced.includes(layout) || (layout !== 'file' && announced.some((known) => known !== 'file'));
}

async function addBinary(context: Context, scan: OpenScan, layout: Layout, spooled: Spooled): Promise<void> {
  const { organisation } = scan.sender;
  const { sha256, sha1, md5, size } = spooled;
  await context.blobs.put({ organisation, sha256 }, spooled);
  await inTransaction(context.db, async (tx) => {
    await lockReceiving(tx, scan);
    await store.insertAnnouncements(tx, refOf(scan), [{ sha256, layout, size }], new Set([sha256]));
    await receiveArtifact(context, tx, organisation, { sha256, sha1, md5, layout, size }, 'by a scan');
    fault('intake:before-commit');
  });
  fault('intake:after-commit');
}

/** Scans in PostgreSQL, their parts by content, their bytes in the blob store. */
export function createScanStore(context: Context, credentials: Credentials, limiter: RateLimiter): ScanStore {
  return {
    admit: async (request, { organisation, keyId }) =>
      await limiter.admit(request, { organisation, keyId, holder: keyId }),
    exchangeKey: async (key) => await credentials.exchange(key),
    authenticate: async (bearer, address) => {
      const principal = await credentials.principalOf(bearer);
      if (principal === null) throw new AppError('bad_key');
      const { organisation, actor, keyId, huntId } = principal;
      return { organisation, actor, keyId, huntId, address };
    },
    create: (sender, info, body) => create(context, sender, info, body),
    open: async (sender, scanId) => {
      const row = await store.findUpload(context.db, sender.organisation, scanId);
      // Another key's scan is as good as none: a key delivers its own scans only.
      if (row === null || row.keyId !== sender.keyId) throw new AppError('not_found', { what: 'The scan' });
      if (row.state !== 'receiving') throw new AppError('scan_over');
      return { sender, scanId, analysisId: row.id };
    },
    addMessage: (scan, message) => addMessage(context, scan, message),
    recall: async (scan, _message, sha256) =>
      await readContent(context.db, scan.sender.organisation, sha256, MOST_RECALLED_BYTES),
    isAnnounced: async (scan, layout, sha256) =>
      fits(await store.announcedLayouts(context.db, refOf(scan), sha256), layout),
    addBinary: (scan, layout, spooled) => addBinary(context, scan, layout, spooled),
    reportProblem: async (scan, about, code, message) =>
      await store.insertProblem(context.db, refOf(scan), { about, code, message }),
    end: async (scan, end, body) => {
      const packed = await packPart(body);
      const { organisation } = scan.sender;
      await inTransaction(context.db, async (tx) => {
        await lockReceiving(tx, scan);
        await addPart(tx, { organisation, scanId: scan.analysisId, message: 'end', part: 0 }, packed);
        await store.endScan(tx, refOf(scan), end.reason, end.end_time ?? null);
        const { analysisId: scanId, sender } = scan;
        context.live.publish(tx, organisation, { kind: 'scan', scanId, state: 'analysing', huntId: sender.huntId });
        await signReceipt(context, tx, refOf(scan));
        await context.jobs.enqueue(tx, CONCLUDE_SCAN, [{ organisation, scanId: scan.analysisId }]);
        fault('intake:before-commit');
      });
      fault('intake:after-commit');
    },
  };
}
