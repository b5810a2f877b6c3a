import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  AppError,
  BINARY_ROUTES,
  type Layout,
  SCAN_MESSAGES,
  type ScanMessageName,
  type ScannerInfo,
  scanEnd,
  scannerInfo,
} from '@genehound/contract';
import { parseBoundedJson } from '../bounded-json.ts';
import { INTAKE_LIMITS } from '../limits.ts';

export interface OfflineMessage {
  readonly name: ScanMessageName;
  readonly pid: number | null;
  /** The file's bytes: send these, so that nothing is lost on the way. */
  readonly bytes: Uint8Array;
  /** What they say; integers beyond 2^53 are bigints. */
  readonly body: unknown;
  /** Name of the file in the directory. */
  readonly file: string;
}

/** A scan on disk (section 6 of the public contract). */
export interface OfflineScan {
  readonly directory: string;
  readonly scannerInfo: ScannerInfo;
  readonly scannerInfoBytes: Uint8Array;
  /** In the order of the protocol; one is in memory at a time. What cannot be read becomes a problem. */
  messages(): AsyncIterable<OfflineMessage>;
  /** As the scanner wrote it; `interrupted` where it wrote none. */
  readonly endReason: 'done' | 'interrupted' | 'failed' | 'unsupported';
  readonly endTime: number | null;
  /** Where the bytes of an artifact lie, or null where there are none. */
  sample(layout: Layout, sha256: string): Promise<string | null>;
  /** Sentences on what could not be read; complete once all messages were taken. */
  readonly problems: readonly string[];
}

/** Files in one directory beyond which it is no scan: a scan has a handful for each process. */
const MOST_FILES = 100_000;

function reasonOf(error: unknown): string {
  return error instanceof AppError || error instanceof Error ? error.message : String(error);
}

/**
 * Reads a regular file whole. Links are not followed: a directory that was carried here by hand may hold one that
 * points at anything.
 */
async function readRegular(path: string, limit: number): Promise<Uint8Array> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new Error('it is no regular file');
    if (found.size > limit) throw new Error(`it is larger than ${limit} bytes`);
    const bytes = await handle.readFile();
    if (bytes.length > limit) throw new Error(`it is larger than ${limit} bytes`);
    return bytes;
  } finally {
    await handle.close();
  }
}

interface Named {
  readonly name: ScanMessageName;
  readonly pid: number | null;
  readonly file: string;
  readonly number: number;
}

function patternOf(template: string): RegExp {
  return new RegExp(`^${template.replaceAll('.', '\\.').replace(/\{(pid|n)\}/, '(\\d{1,10})')}$`);
}

const PATTERNS = (Object.keys(SCAN_MESSAGES) as ScanMessageName[]).map((name) => ({
  name,
  perProcess: SCAN_MESSAGES[name].file.includes('{pid}'),
  pattern: patternOf(SCAN_MESSAGES[name].file),
}));

/** The messages among these files, in the order of the protocol, parts by number. */
function ordered(files: readonly string[]): readonly Named[] {
  return PATTERNS.flatMap(({ name, perProcess, pattern }) =>
    files
      .flatMap((file): Named[] => {
        const match = pattern.exec(file);
        if (match === null) return [];
        const number = Number(match[1] ?? 0);
        return [{ name, pid: perProcess ? number : null, file, number }];
      })
      .sort((left, right) => left.number - right.number),
  );
}

async function* readMessages(
  directory: string,
  files: readonly string[],
  problems: string[],
): AsyncGenerator<OfflineMessage> {
  for (const { name, pid, file } of ordered(files)) {
    try {
      const bytes = await readRegular(join(directory, file), INTAKE_LIMITS.json);
      const body = parseBoundedJson(bytes);
      const checked = SCAN_MESSAGES[name].schema.safeParse(body);
      if (!checked.success) {
        const issue = checked.error.issues[0];
        throw new Error(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
      }
      yield { name, pid, bytes, body, file };
    } catch (error) {
      problems.push(`${file} cannot be used: ${reasonOf(error)}`);
    }
  }
}

async function readEnd(
  directory: string,
  files: readonly string[],
  problems: string[],
): Promise<{ reason: OfflineScan['endReason']; time: number | null }> {
  if (!files.includes('scan_summary.json')) {
    problems.push('scan_summary.json is missing: the scan was interrupted');
    return { reason: 'interrupted', time: null };
  }
  try {
    const end = scanEnd.parse(
      parseBoundedJson(await readRegular(join(directory, 'scan_summary.json'), INTAKE_LIMITS.json)),
    );
    return { reason: end.reason, time: end.end_time ?? null };
  } catch (error) {
    problems.push(`scan_summary.json cannot be used: ${reasonOf(error)}`);
    return { reason: 'interrupted', time: null };
  }
}

/** In the scan's directory or, shared by several scans, beside it. */
async function findSample(directory: string, layout: Layout, sha256: string): Promise<string | null> {
  if (!/^[0-9a-f]{64}$/.test(sha256)) return null;
  for (const root of [dirname(directory), directory]) {
    const folder = join(root, BINARY_ROUTES[layout].folder);
    const path = join(folder, `${sha256}.sample`);
    try {
      const [parent, found] = [await lstat(folder), await lstat(path)];
      if (parent.isDirectory() && found.isFile() && found.size <= INTAKE_LIMITS.binary) return path;
    } catch {
      // Not in this place.
    }
  }
  return null;
}

/**
 * Opens an offline directory. Throws an Error of one sentence where it is none (no readable scanner_info.json);
 * whatever else is broken becomes a problem, and the rest can be sent.
 */
export async function readOfflineScan(directory: string): Promise<OfflineScan> {
  const problems: string[] = [];
  let files: readonly string[];
  try {
    files = (await readdir(directory)).sort();
  } catch (error) {
    throw new Error(`${directory} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  if (files.length > MOST_FILES) throw new Error(`${directory} holds more than ${MOST_FILES} files; it is no scan`);
  let bytes: Uint8Array;
  let info: ScannerInfo;
  try {
    bytes = await readRegular(join(directory, 'scanner_info.json'), INTAKE_LIMITS.json);
    info = scannerInfo.parse(parseBoundedJson(bytes));
  } catch (error) {
    throw new Error(
      `${directory} is no offline scan: its scanner_info.json cannot be used (${reasonOf(error).slice(0, 300)})`,
      { cause: error },
    );
  }
  const end = await readEnd(directory, files, problems);
  return {
    directory,
    scannerInfo: info,
    scannerInfoBytes: bytes,
    messages: () => readMessages(directory, files, problems),
    endReason: end.reason,
    endTime: end.time,
    sample: (layout, sha256) => findSample(directory, layout, sha256),
    problems,
  };
}

/** The scans at a path: itself where it is one, else the `scan_*` directories in it. In order of name. */
export async function listOfflineScans(path: string): Promise<readonly string[]> {
  const names = await readdir(path, { withFileTypes: true });
  if (names.some((entry) => entry.name === 'scanner_info.json')) return [path];
  return names
    .filter((entry) => entry.isDirectory() && entry.name.startsWith('scan_'))
    .map((entry) => join(path, entry.name))
    .sort();
}
