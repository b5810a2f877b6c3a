import { ApiError, BINARY_ROUTES, type Layout, parseJson, stringifyJson } from '@genehound/contract';
import { z } from 'zod';
import { client } from '../api/client.ts';
import { sendBytes } from '../api/send-bytes.ts';
import type { Source } from './archives.ts';
import { type OfflineMessage, type OfflineParts, offlineScans } from './offline-files.ts';

const tokenAnswer = z.looseObject({ result: z.string() });
const createdAnswer = z.looseObject({ result: z.looseObject({ scan_id: z.string(), analysis_id: z.string() }) });
/** Taken for "nothing", any other answer would leave out all code of the scan. */
const wantedAnswer = z.looseObject({ result: z.array(z.string()) });
const info = z.looseObject({});
const summary = z.looseObject({
  reason: z.enum(['done', 'interrupted', 'failed']).catch('interrupted'),
  end_time: z.number().optional().catch(undefined),
});

export interface Delivery {
  readonly messages: number;
  readonly all: number;
  readonly binaries: number;
  readonly problems: readonly string[];
}

const TRIES = 4;
/** Seconds: long enough for a large scan, and no longer. */
const KEY_LIFE = 7_200;

const isRefusal = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;

/** Again after a pause where the connection broke; a refusal stands. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (isRefusal(error) || attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1_000 * 2 ** attempt));
    }
  }
}

interface Target {
  readonly token: string;
  readonly scanId: string;
  readonly analysisId: string;
}

function post(token: string | null, path: string, body: Blob, type = 'application/json'): Promise<unknown> {
  const headers = { 'content-type': type, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
  return patiently(() => sendBytes({ path, body, headers }));
}

const json = (value: unknown): Blob => new Blob([stringifyJson(value)]);

async function open(parts: OfflineParts<Source>, secret: string): Promise<Target> {
  const { result: token } = tokenAnswer.parse(
    await post(null, '/api/v2-0/get-access-token', json({ api_key: secret })),
  );
  const own = info.parse(parseJson(await (await parts.scannerInfo.read()).text()));
  const create = async (body: object): Promise<Target> => {
    const { result } = createdAnswer.parse(
      await post(token, '/api/scans', json({ ...body, scan_type: 'offline_endpoint_scan' })),
    );
    return { token, scanId: result.scan_id, analysisId: result.analysis_id };
  };
  try {
    return await create(own);
  } catch (error) {
    if (!isRefusal(error) || error.status !== 409) throw error;
    // It was begun before under its own id: once more as a scan of its own; what the server has is not sent again.
    const { analysis_id: _id, endpoint_analysis_id: _older, ...rest } = own;
    return await create(rest);
  }
}

/** Answers how many samples were sent. */
async function sendSamples(
  target: Target,
  parts: OfflineParts<Source>,
  message: OfflineMessage<Source>,
  wanted: readonly string[],
  problems: string[],
): Promise<number> {
  const layouts: readonly Layout[] = message.name === 'files_info' ? ['file'] : ['mapped', 'raw'];
  let sent = 0;
  for (const sha256 of new Set(wanted.map((hash) => hash.toLowerCase()))) {
    const layout = layouts.find((one) => parts.sample(one, sha256) !== undefined);
    const sample = layout === undefined ? undefined : parts.sample(layout, sha256);
    if (layout === undefined || sample === undefined) {
      problems.push(`The server asks for ${sha256}, of which the directory has no bytes`);
      continue;
    }
    const path = `/scans/scans/${encodeURIComponent(target.scanId)}/${BINARY_ROUTES[layout].route}`;
    try {
      await post(target.token, path, await sample.read(), 'application/octet-stream');
      sent += 1;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      problems.push(`${sample.path}: ${error.message}`);
    }
  }
  return sent;
}

async function endOf(parts: OfflineParts<Source>): Promise<object> {
  if (parts.summary === undefined) return { reason: 'interrupted' };
  return summary.parse(parseJson(await (await parts.summary.read()).text()));
}

/** Adds what it delivers to `before`. Answers the scan's id, too. */
async function deliverOne(
  parts: OfflineParts<Source>,
  secret: string,
  before: Delivery,
  onProgress: (delivery: Delivery) => void,
): Promise<{ readonly id: string; readonly delivery: Delivery }> {
  const target = await open(parts, secret);
  const problems = [...before.problems];
  let delivery: Delivery = { ...before, problems };
  for (const message of parts.messages) {
    const path = `/scans/scans/${encodeURIComponent(target.scanId)}/${message.route}`;
    try {
      const answer = await post(target.token, path, await message.file.read());
      const wanted = message.wants ? wantedAnswer.parse(answer).result : [];
      const sent = await sendSamples(target, parts, message, wanted, problems);
      delivery = { ...delivery, messages: delivery.messages + 1, binaries: delivery.binaries + sent };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      problems.push(`${message.file.path}: ${error.message}`);
    }
    onProgress({ ...delivery, problems: [...problems] });
  }
  await post(target.token, `/scans/scans/${encodeURIComponent(target.scanId)}/end`, json(await endOf(parts)));
  return { id: target.analysisId, delivery };
}

/**
 * Delivers every offline scan among the files as any client of the public protocol does, with a key of its own for this
 * one delivery. Answers the scans' ids; none where the files hold none. Throws ApiError where the server is gone or
 * refuses a scan whole.
 */
export async function deliverOffline(
  files: readonly Source[],
  onProgress: (delivery: Delivery) => void,
): Promise<readonly string[]> {
  const scans = offlineScans(files);
  if (scans.length === 0) return [];
  const key = await client.call('createKey', {
    body: { name: 'offline scan in the console', permission: 'scan', expiresIn: KEY_LIFE },
  });
  try {
    const all = scans.reduce((sum, { messages }) => sum + messages.length, 0);
    let delivery: Delivery = { messages: 0, all, binaries: 0, problems: [] };
    const ids: string[] = [];
    for (const parts of scans) {
      const one = await deliverOne(parts, key.secret, delivery, onProgress);
      delivery = one.delivery;
      ids.push(one.id);
    }
    onProgress(delivery);
    return ids;
  } finally {
    await client.call('revokeKey', { params: { id: key.id } }).catch(() => undefined);
  }
}
