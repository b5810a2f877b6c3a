import {
  AppError,
  BINARY_ROUTES,
  KNOWN_MESSAGE_ROUTE,
  type KnownMessageAnswer,
  knownMessage,
  LAYOUTS,
  type Layout,
  MOST_RECALLED_BYTES,
  type RecalledMessage,
  SCAN_MESSAGES,
  type ScanMessageName,
  scanEnd,
  scannerInfo,
  stringifyJson,
} from '@genehound/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Spool } from '../blob/spool.ts';
import { BodyCut, bodyStream, readBody, withBody, withBudget } from '../body.ts';
import { parseBoundedJson } from '../bounded-json.ts';
import { INTAKE_LIMITS } from '../limits.ts';
import { layoutProblem } from '../magic.ts';
import type { OpenScan, ReceivedMessage, ScanStore } from '../scan-store.ts';
import { senderOf, sendJson } from './access.ts';
import { InvalidMessage } from './public-errors.ts';

const SUCCESS = '{"result":{"status":"success"}}';

/** What opens and ends a scan is small. Bytes. */
const FRAME_BYTES = 1_048_576;

const uuid = z.uuid();
const pidText = z
  .string()
  .regex(/^\d{1,10}$/)
  .transform(Number);

function param(request: FastifyRequest, name: string): unknown {
  const params = request.params;
  return typeof params === 'object' && params !== null
    ? Object.entries(params).find(([key]) => key === name)?.[1]
    : undefined;
}

async function scanOf(request: FastifyRequest, store: ScanStore): Promise<OpenScan> {
  const sender = await senderOf(request, store);
  const id = uuid.safeParse(param(request, 'scanId'));
  if (!id.success) throw new AppError('not_found', { what: 'Scan' });
  return await store.open(sender, id.data.toLowerCase());
}

async function openUnlessOver(request: FastifyRequest, store: ScanStore): Promise<OpenScan | null> {
  try {
    return await scanOf(request, store);
  } catch (error) {
    if (error instanceof AppError && error.code === 'scan_over') return null;
    throw error;
  }
}

function pidOf(request: FastifyRequest): number | null {
  const given = param(request, 'pid');
  if (given === undefined) return null;
  const pid = pidText.safeParse(given);
  if (!pid.success || pid.data > 0xffff_ffff)
    throw new AppError('bad_request', { details: 'the process id is not valid' });
  return pid.data;
}

/** Checks a message. AppError bad_request that names the field. */
function readMessage(name: ScanMessageName, pid: number | null, body: Uint8Array): ReceivedMessage {
  const parsed = SCAN_MESSAGES[name].schema.safeParse(parseBoundedJson(body));
  if (!parsed.success) throw new InvalidMessage(parsed.error);
  // The schema is the one of this name; TypeScript does not follow a name through a union of tables.
  return { name, pid, body, value: parsed.data } as ReceivedMessage;
}

/**
 * Runs one step of a scan. A refusal for good is kept with the scan before it goes to the client, so that the report
 * says what is missing; after a server's trouble (503, 507) the client comes again.
 */
async function step<T>(
  store: ScanStore,
  scan: OpenScan,
  about: ScanMessageName | null,
  route: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const forGood =
      error instanceof AppError && !(error instanceof BodyCut) && error.code !== 'scan_over' && error.status < 500;
    if (forGood) {
      await store.reportProblem(scan, about, error.code, `${route}: ${error.message}`);
    }
    throw error;
  }
}

function messageRoute(app: FastifyInstance, store: ScanStore, name: ScanMessageName): void {
  const { route, wants } = SCAN_MESSAGES[name];
  app.post(`/scans/scans/:scanId/${route.replace('{pid}', ':pid')}`, async (request, reply: FastifyReply) => {
    const scan = await scanOf(request, store);
    const wanted = await step(store, scan, name, route, async () => {
      const pid = pidOf(request);
      return await withBody(
        request.raw,
        INTAKE_LIMITS.json,
        async (body) => await store.addMessage(scan, readMessage(name, pid, body)),
      );
    });
    await sendJson(reply, 200, wants ? stringifyJson({ result: wanted }) : SUCCESS);
  });
}

/** What is remembered under this hash, where it is such a message: a hash may be of anything that was ever received. */
function recalledMessage(name: RecalledMessage, body: Uint8Array): ReceivedMessage | null {
  try {
    return readMessage(name, null, body);
  } catch (error) {
    if (error instanceof AppError || error instanceof InvalidMessage) return null;
    throw error;
  }
}

/** Takes a message that the client only names as if it had come, where its bytes are here. */
async function takeKnown(
  store: ScanStore,
  scan: OpenScan,
  asked: { readonly message: RecalledMessage; readonly sha256: string },
): Promise<boolean> {
  return await withBudget(async (take) => {
    take(MOST_RECALLED_BYTES);
    const body = await store.recall(scan, asked.message, asked.sha256);
    const message = body === null ? null : recalledMessage(asked.message, body);
    if (message === null) return false;
    await store.addMessage(scan, message);
    return true;
  });
}

function knownMessageRoute(app: FastifyInstance, store: ScanStore): void {
  app.post(`/scans/scans/:scanId/${KNOWN_MESSAGE_ROUTE}`, async (request, reply) => {
    const scan = await scanOf(request, store);
    // A refusal is no loss: the client sends the message itself then.
    const parsed = knownMessage.safeParse(parseBoundedJson(await readBody(request.raw, FRAME_BYTES)));
    if (!parsed.success) throw new InvalidMessage(parsed.error);
    const result: KnownMessageAnswer = { known: await takeKnown(store, scan, parsed.data) };
    await sendJson(reply, 200, stringifyJson({ result }));
  });
}

async function receiveBinary(
  store: ScanStore,
  spool: Spool,
  scan: OpenScan,
  layout: Layout,
  request: FastifyRequest,
): Promise<void> {
  const spooled = await spool.receive(bodyStream(request.raw, INTAKE_LIMITS.binary), INTAKE_LIMITS.binary);
  try {
    if (!(await store.isAnnounced(scan, layout, spooled.sha256))) throw new AppError('not_wanted');
    const details = layoutProblem(layout, spooled.head);
    if (details !== null) throw new AppError('wrong_layout', { details });
    await store.addBinary(scan, layout, spooled);
  } finally {
    await spooled.discard();
  }
}

/** Section 5 and 5b of the public contract: a scan's delivery. */
export function scanRoutes(app: FastifyInstance, store: ScanStore, spool: Spool): void {
  app.post('/api/scans', async (request, reply) => {
    const sender = await senderOf(request, store);
    const body = await readBody(request.raw, FRAME_BYTES);
    const parsed = scannerInfo.safeParse(parseBoundedJson(body));
    if (!parsed.success) throw new InvalidMessage(parsed.error);
    const { scanId, analysisId } = await store.create(sender, parsed.data, body);
    await sendJson(reply, 201, stringifyJson({ result: { scan_id: scanId, analysis_id: analysisId } }));
  });

  for (const name of Object.keys(SCAN_MESSAGES) as ScanMessageName[]) messageRoute(app, store, name);
  knownMessageRoute(app, store);

  for (const layout of LAYOUTS) {
    const { route } = BINARY_ROUTES[layout];
    app.post(`/scans/scans/:scanId/${route}`, async (request, reply) => {
      const scan = await scanOf(request, store);
      await step(store, scan, null, route, async () => await receiveBinary(store, spool, scan, layout, request));
      await sendJson(reply, 200, SUCCESS);
    });
  }

  app.post('/scans/scans/:scanId/end', async (request, reply) => {
    const scan = await openUnlessOver(request, store);
    // Our answer to the first may have been lost; the scan is over either way, by what the first said.
    if (scan === null) return await sendJson(reply, 200, SUCCESS);
    const body = await readBody(request.raw, FRAME_BYTES);
    const parsed = scanEnd.safeParse(parseBoundedJson(body));
    if (!parsed.success) throw new InvalidMessage(parsed.error);
    await store.end(scan, parsed.data, body);
    await sendJson(reply, 200, SUCCESS);
  });
}
