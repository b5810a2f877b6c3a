import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson, SCAN_MESSAGES, type ScanMessageName, stringifyJson } from '@genehound/contract';
import { syncPath, writeDurably } from '@genehound/intake';
import { z } from 'zod';

/** What the collector itself notes of a scan, in `collector.json` beside its messages. */
const note = z.object({
  scanId: z.uuid(),
  analysisId: z.uuid(),
  keyId: z.string(),
  receivedAt: z.string(),
  address: z.string(),
  /** Messages that were refused: what is missing, and why. */
  problems: z.array(z.object({ about: z.string().nullable(), code: z.string(), message: z.string() })),
});
export type ScanNote = z.infer<typeof note>;

const NOTE = 'collector.json';
/** Folders of scans that have not ended; none that starts with a dot is taken for a scan. */
const OPEN = '.open';
const MOST_PROBLEMS = 1_000;

const hashOf = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');

/** Where one message's part lies. `part`: a process id, or the number of the part. */
function fileOf(name: ScanMessageName, part: number): string {
  return SCAN_MESSAGES[name].file.replace(/\{(pid|n)\}/, String(part));
}

/** Names that are safe on every system: what an endpoint calls itself is no path. */
function nameOf(computer: string): string {
  const safe = computer
    .replaceAll(/[^A-Za-z0-9.-]+/g, '-')
    .replaceAll(/^[.-]+|[.-]+$/g, '')
    .slice(0, 64);
  return safe === '' ? 'unnamed' : safe;
}

function stampOf(at: Date): string {
  return at.toISOString().replaceAll(/[-:]/g, '').replace('T', '_').slice(0, 15);
}

const hostName = z.looseObject({ host_info: z.looseObject({ computer_name: z.string().optional() }) });

/** A scan that is being received: a folder of its own until it ends. */
export class ScanFolder {
  readonly path: string;
  #note: ScanNote;
  /** Hashes of each message's parts so far, in order: a part that comes again is known by them. */
  readonly #parts = new Map<ScanMessageName, string[]>();
  heardAt = Date.now();

  private constructor(path: string, found: ScanNote) {
    this.path = path;
    this.#note = found;
  }

  static async create(root: string, found: ScanNote, scannerInfo: Uint8Array): Promise<ScanFolder> {
    const path = join(root, OPEN, found.scanId);
    await mkdir(path, { recursive: true, mode: 0o700 });
    const folder = new ScanFolder(path, found);
    const info: unknown = parseJson(Buffer.from(scannerInfo).toString('utf8') || '{}');
    // The id that the client was told goes on with the scan.
    const withId = { ...(info as object), analysis_id: found.analysisId };
    await writeDurably(join(path, 'scanner_info.json'), stringifyJson(withId));
    await folder.#writeNote();
    await syncPath(join(root, OPEN));
    return folder;
  }

  /** Takes up a folder that a run before this one left; null where it holds no scan. */
  static async takeUp(root: string, name: string): Promise<ScanFolder | null> {
    const path = join(root, OPEN, name);
    const found = await readNote(path);
    return found === null ? null : new ScanFolder(path, found);
  }

  get note(): ScanNote {
    return this.#note;
  }

  /**
   * Keeps one part; again in the same words changes nothing. `part` null numbers parts as they come. Answers by how
   * many bytes the folder grew.
   */
  async add(name: ScanMessageName, part: number | null, body: Uint8Array): Promise<number> {
    this.heardAt = Date.now();
    if (part !== null) {
      const path = join(this.path, fileOf(name, part));
      const before = await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
      await writeDurably(path, body);
      return body.length - before;
    }
    const parts = this.#parts.get(name) ?? (await this.#hashesOf(name));
    this.#parts.set(name, parts);
    const hash = hashOf(body);
    if (parts.includes(hash)) return 0;
    await writeDurably(join(this.path, fileOf(name, parts.length)), body);
    parts.push(hash);
    return body.length;
  }

  async addProblem(about: ScanMessageName | null, code: string, message: string): Promise<void> {
    if (this.#note.problems.length >= MOST_PROBLEMS) return;
    this.#note = {
      ...this.#note,
      problems: [...this.#note.problems, { about, code, message: message.slice(0, 2_000) }],
    };
    await this.#writeNote();
  }

  /** Parts of one message that are kept, as they came, one after the other. */
  async *messages(name: ScanMessageName): AsyncGenerator<Uint8Array> {
    const isNumbered = SCAN_MESSAGES[name].file.includes('{n}');
    for (let part = 0; isNumbered || part === 0; part += 1) {
      const body = await readFile(join(this.path, fileOf(name, part))).catch(() => null);
      if (body === null) return;
      yield body;
    }
  }

  /**
   * Closes the scan: its summary, then its name, under which it is one that ended. A message that was refused for good
   * makes it failed: whoever reads it later must not take it for whole.
   */
  async end(root: string, summary: Readonly<Record<string, unknown>>): Promise<string> {
    const lost = this.#note.problems.some(({ about }) => about !== null);
    const reason = lost ? { reason: 'failed', problems: this.#note.problems } : {};
    await writeDurably(join(this.path, 'scan_summary.json'), stringifyJson({ ...summary, ...reason }));
    const computer = await this.#computerName();
    const name = `scan_${nameOf(computer)}_${stampOf(new Date(this.#note.receivedAt))}_${this.#note.scanId.slice(0, 8)}`;
    await rename(this.path, join(root, name));
    await syncPath(root);
    await syncPath(join(root, OPEN));
    return name;
  }

  async #writeNote(): Promise<void> {
    await writeDurably(join(this.path, NOTE), `${JSON.stringify(this.#note, null, 2)}\n`);
  }

  async #computerName(): Promise<string> {
    for await (const body of this.messages('host_info')) {
      const parsed = hostName.safeParse(parseJson(Buffer.from(body).toString('utf8')));
      if (parsed.success) return parsed.data.host_info.computer_name ?? '';
    }
    return '';
  }

  async #hashesOf(name: ScanMessageName): Promise<string[]> {
    const hashes: string[] = [];
    for await (const body of this.messages(name)) hashes.push(hashOf(body));
    return hashes;
  }
}

/** The collector's note in a scan's folder, or null where there is none. */
export async function readNote(path: string): Promise<ScanNote | null> {
  try {
    return note.parse(JSON.parse(await readFile(join(path, NOTE), 'utf8')));
  } catch {
    return null;
  }
}

/** Scans that were open when the last run ended. A folder without its note was never acknowledged, and goes. */
export async function openScans(root: string): Promise<readonly ScanFolder[]> {
  await mkdir(join(root, OPEN), { recursive: true, mode: 0o700 });
  const found: ScanFolder[] = [];
  for (const name of await readdir(join(root, OPEN))) {
    const folder = await ScanFolder.takeUp(root, name);
    if (folder === null) await rm(join(root, OPEN, name), { recursive: true, force: true });
    else found.push(folder);
  }
  return found;
}
