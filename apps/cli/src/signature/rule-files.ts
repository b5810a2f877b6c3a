import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ArchiveError } from '../archive/archive-error.ts';
import { decompress } from '../archive/decompress.ts';
import { readTar } from '../archive/tar.ts';
import { downloadFile } from '../download/download-file.ts';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { filesBelow } from '../genome/sample-files.ts';
import { readErrorReason } from '../read-error.ts';

/** A file that may hold a rule. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

/** Bytes of one file of rules. */
export const LARGEST_RULE = 400_000;
/** All rules that yara-signator publishes are 2 MB. */
const DOWNLOAD = { bytes: 64 * 2 ** 20, milliseconds: 120_000 };

const isRuleFile = (path: string): boolean => /\.yara?$/i.test(path);
const isArchive = (path: string): boolean => /\.(tar\.gz|tgz)$/i.test(path);

async function* archived(path: string): AsyncGenerator<RuleFile> {
  const wants = ({ path: name, size }: { readonly path: string; readonly size: number }): boolean =>
    isRuleFile(name) && size <= LARGEST_RULE;
  try {
    for await (const file of readTar(decompress('gzip', createReadStream(path)), wants))
      yield { path: file.path, text: Buffer.from(file.bytes).toString('utf8') };
  } catch (error) {
    if (error instanceof ArchiveError) throw new Failure(EXIT.failed, `${path} is no whole archive: ${error.message}.`);
    throw error;
  }
}

/**
 * Texts of the rule files of a file, a folder (recursively; links in it are not followed) or a .tar.gz. Failure where it
 * cannot be read; what cannot be read of a folder goes to `problems`, one sentence each.
 */
export async function* ruleFiles(path: string, problems: string[]): AsyncGenerator<RuleFile> {
  const unread: string[] = [];
  for await (const file of filesBelow([path], unread)) {
    try {
      if (file.named && isArchive(file.path)) yield* archived(file.path);
      else if (file.named || isRuleFile(file.path))
        yield { path: file.path, text: file.size > LARGEST_RULE ? '' : await readFile(file.path, 'utf8') };
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) throw error;
      unread.push(`${file.path} cannot be read: ${readErrorReason(error)}`);
    }
    if (file.named && unread.length > 0) break;
  }
  const [first] = unread;
  if (first?.startsWith(`${path} `) === true) throw new Failure(EXIT.failed, `${first}.`);
  problems.push(...unread);
}

/**
 * Runs `work` with the path of the rules: the one that was given, or of what an https address holds. `sha256`: of the
 * file; another one is refused before it is read.
 */
export async function withRules<T>(
  place: string,
  sha256: string | undefined,
  work: (path: string) => Promise<T>,
): Promise<T> {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(place)) {
    if (sha256 !== undefined) throw new Failure(EXIT.usage, '--sha256 is that of a file to download.');
    return await work(place);
  }
  const folder = await mkdtemp(join(tmpdir(), 'genehound-rules-'));
  try {
    const last = URL.canParse(place) ? basename(new URL(place).pathname) : '';
    // Its name says what kind of file it is, and nothing else.
    const path = join(folder, isArchive(last) ? 'rules.tar.gz' : 'rules.yar');
    const found = await downloadFile(place, path, DOWNLOAD);
    if (sha256 !== undefined && found !== sha256)
      throw new Failure(EXIT.failed, `${place} has the SHA-256 ${found}: it is another file.`);
    return await work(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
