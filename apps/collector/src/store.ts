import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AppError,
  GLOBAL_ORGANISATION,
  knownMessage,
  type Layout,
  type RecalledMessage,
  SCAN_MESSAGES,
  type ScanEnd,
  type ScannerInfo,
} from '@genehound/contract';
import {
  INTAKE_LIMITS,
  type Log,
  type OpenScan,
  parseBoundedJson,
  type ReceivedMessage,
  requireFree,
  type ScanStore,
  type Sender,
} from '@genehound/intake';
import type { CollectorConfig } from './config.ts';
import type { KeyRing } from './keys.ts';
import { openScans, readNote, ScanFolder } from './open-scans.ts';
import { Recalled } from './recalled.ts';
import { requireQuota, type Samples } from './samples.ts';

/** Seconds. */
const TOKEN_TIME = 3_600;

/** Access tokens that need no memory: the key's id and the end, signed. They end with the process and with their key. */
class Tokens {
  readonly #secret = randomBytes(32);
  make(keyId: string, expiresAt: number): string {
    const text = `${keyId}.${expiresAt}`;
    return `${text}.${this.#sign(text)}`;
  }
  /** The id of its key, or null. */
  keyOf(token: string): string | null {
    const [keyId = '', expiresAt = '', signature = ''] = token.split('.');
    const expected = Buffer.from(this.#sign(`${keyId}.${expiresAt}`));
    const given = Buffer.from(signature);
    const holds = given.length === expected.length && timingSafeEqual(given, expected);
    return holds && Number(expiresAt) * 1_000 > Date.now() ? keyId : null;
  }
  #sign(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url');
  }
}

interface Received {
  readonly folder: ScanFolder;
  /** What it announced, by layout; memory of which the client does not say how it comes is in both. */
  readonly announced: Readonly<Record<Layout, Set<string>>>;
}

const nothingAnnounced = (): Received['announced'] => ({ file: new Set(), mapped: new Set(), raw: new Set() });

/** Notes what a message announces; the hashes in it, in order. */
function announce(announced: Received['announced'], message: ReceivedMessage): readonly string[] {
  const hashes: string[] = [];
  const add = (layouts: readonly Layout[], sha256: string): void => {
    for (const layout of layouts) announced[layout].add(sha256);
    hashes.push(sha256);
  };
  if (message.name === 'files_info') {
    for (const file of message.value.files_info) {
      const fits = (file.size_in_bytes ?? 0) <= INTAKE_LIMITS.binary;
      if (file.is_image !== false && fits) add(['file'], file.sha256);
    }
  }
  if (message.name === 'memory_module_dumps_info') {
    // Public clients do not say whether a dump is an image or bare pages before they choose the route.
    for (const dump of message.value.memory_module_dumps_info) add(['mapped', 'raw'], dump.sha256);
  }
  return [...new Set(hashes)];
}

const ANNOUNCING = ['files_info', 'memory_module_dumps_info'] as const;

async function takeUp(folder: ScanFolder): Promise<Received> {
  const announced = nothingAnnounced();
  for (const name of ANNOUNCING) {
    for await (const body of folder.messages(name)) {
      const parsed = SCAN_MESSAGES[name].schema.safeParse(parseBoundedJson(body));
      // Checked when it came; the schema is the one of this name.
      if (parsed.success) announce(announced, { name, pid: null, body, value: parsed.data } as ReceivedMessage);
    }
  }
  return { folder, announced };
}

/** Of the files of one scan. */
async function bytesIn(folder: string): Promise<number> {
  let sum = 0;
  for (const name of await readdir(folder)) sum += (await stat(join(folder, name))).size;
  return sum;
}

export interface CollectorParts {
  readonly config: CollectorConfig;
  readonly root: string;
  readonly keys: KeyRing;
  readonly samples: Samples;
  readonly log: Log;
}

/** Scans as offline directories on this machine's disk. */
export class CollectorStore implements ScanStore {
  readonly #parts: CollectorParts;
  readonly #tokens = new Tokens();
  readonly #open = new Map<string, Received>();
  /** Upload ids of scans that have ended, with the key that sent them: their end may come again. */
  readonly #ended = new Map<string, string>();
  readonly #analyses = new Set<string>();
  readonly #recalled = new Recalled();
  #messageBytes = 0;

  private constructor(parts: CollectorParts) {
    this.#parts = parts;
  }

  static async open(parts: CollectorParts): Promise<CollectorStore> {
    const store = new CollectorStore(parts);
    for (const folder of await openScans(parts.root)) {
      store.#open.set(folder.note.scanId, await takeUp(folder));
      store.#messageBytes += await bytesIn(folder.path);
      store.#analyses.add(folder.note.analysisId);
    }
    for (const entry of await readdir(parts.root, { withFileTypes: true })) {
      if (!entry.isDirectory() || !entry.name.startsWith('scan_')) continue;
      const folder = join(parts.root, entry.name);
      store.#messageBytes += await bytesIn(folder);
      const note = await readNote(folder);
      if (note === null) continue;
      store.#ended.set(note.scanId, note.keyId);
      store.#analyses.add(note.analysisId);
    }
    return store;
  }

  async exchangeKey(key: string) {
    const { id } = await this.#parts.keys.find(key);
    const expiresAt = Math.floor(Date.now() / 1_000) + TOKEN_TIME;
    return { token: this.#tokens.make(id, expiresAt), expiresAt };
  }

  async authenticate(token: string, address: string): Promise<Sender> {
    const { keys } = this.#parts;
    const keyId = this.#tokens.keyOf(token);
    const key = keyId === null ? await keys.find(token) : await keys.byId(keyId);
    if (key === null) throw new AppError('bad_key');
    return { organisation: GLOBAL_ORGANISATION, actor: `key:${key.name}`, keyId: key.id, huntId: null, address };
  }

  async create(sender: Sender, info: ScannerInfo, body: Uint8Array) {
    await this.#requireRoom(body.length);
    const analysisId = info.analysis_id ?? info.endpoint_analysis_id ?? randomUUID();
    if (this.#analyses.has(analysisId)) {
      // Our answer to the first may have been lost.
      const twin = [...this.#open.values()].find(({ folder }) => folder.note.analysisId === analysisId);
      if (twin === undefined || twin.folder.note.keyId !== sender.keyId)
        throw new AppError('conflict', { details: `The analysis id ${analysisId} is taken` });
      return { scanId: twin.folder.note.scanId, analysisId };
    }
    this.#analyses.add(analysisId);
    const note = {
      scanId: randomUUID(),
      analysisId,
      keyId: sender.keyId ?? '',
      receivedAt: new Date().toISOString(),
      address: sender.address,
      problems: [],
    };
    try {
      const folder = await ScanFolder.create(this.#parts.root, note, body);
      this.#open.set(note.scanId, { folder, announced: nothingAnnounced() });
    } catch (error) {
      // The client was told of no scan: it may ask again with the same id.
      this.#analyses.delete(analysisId);
      throw error;
    }
    return { scanId: note.scanId, analysisId };
  }

  async open(sender: Sender, scanId: string): Promise<OpenScan> {
    const received = this.#open.get(scanId);
    if (received === undefined) {
      if (this.#ended.get(scanId) === sender.keyId) throw new AppError('scan_over');
      throw new AppError('not_found', { what: 'Scan' });
    }
    const { note } = received.folder;
    if (note.keyId !== sender.keyId) throw new AppError('not_found', { what: 'Scan' });
    return { sender, scanId, analysisId: note.analysisId };
  }

  async addMessage(scan: OpenScan, message: ReceivedMessage): Promise<readonly string[]> {
    await this.#requireRoom(message.body.length);
    const { folder, announced } = this.#of(scan);
    const part = message.pid ?? (SCAN_MESSAGES[message.name].many ? null : 0);
    this.#messageBytes += await folder.add(message.name, part, message.body);
    if (knownMessage.shape.message.safeParse(message.name).success) await this.#recalled.remember(message.body);
    const { samples } = this.#parts;
    const memory = message.name === 'memory_module_dumps_info';
    const isHeld = (sha256: string): boolean =>
      memory ? samples.has('mapped', sha256) || samples.has('raw', sha256) : samples.has('file', sha256);
    return announce(announced, message).filter((sha256) => !isHeld(sha256));
  }

  async recall(_scan: OpenScan, _message: RecalledMessage, sha256: string): Promise<Uint8Array | null> {
    return await this.#recalled.recall(sha256);
  }

  async isAnnounced(scan: OpenScan, layout: Layout, sha256: string): Promise<boolean> {
    return this.#of(scan).announced[layout].has(sha256);
  }

  async addBinary(scan: OpenScan, layout: Layout, spooled: Parameters<ScanStore['addBinary']>[2]): Promise<void> {
    await this.#requireRoom(spooled.size);
    this.#of(scan).folder.heardAt = Date.now();
    await this.#parts.samples.put(layout, spooled);
  }

  async reportProblem(
    scan: OpenScan,
    about: Parameters<ScanStore['reportProblem']>[1],
    code: string,
    message: string,
  ): Promise<void> {
    await this.#of(scan).folder.addProblem(about, code, message);
  }

  async end(scan: OpenScan, end: ScanEnd): Promise<void> {
    await this.#close(this.#of(scan), end);
  }

  /** Closes scans whose scanner was not heard of for that many seconds: what came of them is kept. */
  async endSilent(seconds: number): Promise<void> {
    const before = Date.now() - seconds * 1_000;
    for (const received of [...this.#open.values()]) {
      if (received.folder.heardAt > before) continue;
      await this.#close(received, { reason: 'interrupted' });
      this.#parts.log.warn({ scan: received.folder.note.scanId }, 'silent scan closed');
    }
  }

  async #close({ folder }: Received, end: ScanEnd): Promise<void> {
    const { scanId, keyId } = folder.note;
    // A second end that comes meanwhile finds it over.
    this.#open.delete(scanId);
    this.#ended.set(scanId, keyId);
    try {
      const name = await folder.end(this.#parts.root, end);
      this.#parts.log.info({ scan: name }, 'scan complete');
    } catch (error) {
      this.#open.set(scanId, { folder, announced: (await takeUp(folder)).announced });
      this.#ended.delete(scanId);
      throw error;
    }
  }

  #of(scan: OpenScan): Received {
    const received = this.#open.get(scan.scanId);
    if (received === undefined) throw new AppError('scan_over');
    return received;
  }

  async #requireRoom(more: number): Promise<void> {
    const { config, root, samples } = this.#parts;
    await requireFree(root, config.minimumFreeBytes);
    requireQuota(samples.bytes + this.#messageBytes, more, config.quotaBytes);
  }
}
