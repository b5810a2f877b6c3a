import { createHash, X509Certificate } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Answer, AppError, type hunts as contract } from '@genehound/contract';
import { TextReader, ZipWriter } from '@zip.js/zip.js';
import type { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { appendAudit } from '../accounts/read.ts';
import { createKey } from '../keys/read.ts';
import { getHunt } from './hunts.ts';

type NewKit = z.output<typeof contract.newKit>;
type Limits = z.output<typeof contract.huntLimits>;

const TEMPLATES = resolve(import.meta.dirname, '../../../kits');
const SCANNERS = ['Scanner.exe', 'scanner-linux-amd64', 'scanner-linux-arm64'];
/** Seconds: a kit that nobody named an end for does not stay valid for ever. */
const LONGEST = 30 * 86_400;

interface Scanner {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
}

async function builtScanners(directory: string): Promise<readonly Scanner[]> {
  const found: Scanner[] = [];
  for (const name of SCANNERS) {
    const path = join(directory, name);
    if ((await stat(path).catch(() => null)) === null) continue;
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    found.push({ name, path, sha256: hash.digest('hex') });
  }
  if (found.length === 0)
    throw new AppError('unavailable', { details: 'no scanner is built; run: node scanner/build.mjs --all' });
  return found;
}

/** The installation's own authority, which endpoints do not know; null where the certificate is of others, or none. */
async function ownAuthority({ config }: Context): Promise<string | null> {
  if (config.tls.mode !== 'generated') return null;
  return await readFile(join(config.data, 'tls', 'authority.pem'), 'utf8');
}

const SETTINGS: Readonly<Record<keyof Limits, string>> = {
  cpuPercent: 'cpu',
  memoryMb: 'mem',
  timeoutSeconds: 'timeout',
  maxUploadMb: 'max_upload',
  maxRateMb: 'max_rate',
};

function scannerSettings(url: string, key: string, authority: string | null, limits: Limits): string {
  const lines = ['# Of one hunt. Whoever reads this file may deliver scans for it.', `url = ${url}`, `key = ${key}`];
  if (authority !== null)
    lines.push(`fingerprint = ${new X509Certificate(authority).fingerprint256.replaceAll(':', '').toLowerCase()}`);
  for (const [limit, setting] of Object.entries(SETTINGS)) {
    const value = limits[limit as keyof Limits];
    if (value !== undefined) lines.push(`${setting} = ${value}`);
  }
  return `${lines.join('\n')}\n`;
}

interface Piece {
  readonly name: string;
  readonly text: string;
}

/** The tool's own files; `{{HUNT}}` and `{{EVERY}}` are filled in, both of our own making. */
async function templates(folder: string, hunt: string, every: number): Promise<readonly Piece[]> {
  const names = await readdir(join(TEMPLATES, folder));
  return await Promise.all(
    names.sort().map(async (name) => {
      const text = await readFile(join(TEMPLATES, folder, name), 'utf8');
      return { name, text: text.replaceAll('{{HUNT}}', hunt).replaceAll('{{EVERY}}', String(every)) };
    }),
  );
}

async function* archive(pieces: readonly Piece[], scanners: readonly Scanner[]): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const zip = new ZipWriter(writable, { useWebWorkers: false });
  const write = async (): Promise<void> => {
    for (const { name, text } of pieces)
      await zip.add(`genehound-kit/${name}`, new TextReader(text), { unixMode: name.endsWith('.sh') ? 0o700 : 0o600 });
    for (const { name, path } of scanners)
      await zip.add(`genehound-kit/${name}`, Readable.toWeb(createReadStream(path)), { unixMode: 0o700 });
    await zip.close();
  };
  const written = write();
  // A fault shows where the archive is read.
  written.catch((error: unknown) => writable.abort(error).catch(() => undefined));
  yield* Readable.fromWeb(readable);
  await written;
}

/** Until the end of the one round; rounds by the clock, or one that is still to be begun by hand, need it for longer. */
function secondsLeft(kit: NewKit, { schedule, round }: Pick<Answer<'getHunt'>, 'schedule' | 'round'>): number {
  if (kit.expiresIn !== undefined) return kit.expiresIn;
  const end = schedule === null && round?.state !== 'ended' ? (round?.closesAt ?? null) : null;
  const left = end === null ? LONGEST : Math.ceil((Date.parse(end) - Date.now()) / 1_000);
  return Math.min(LONGEST, Math.max(60, left));
}

/**
 * A ZIP of everything that a roll-out tool needs for this hunt. Each kit has a key of its own, so that one that leaked
 * is revoked alone. AppError not_found, conflict for a closed hunt, unavailable where no scanner is built.
 */
export async function createKit(
  context: Context,
  principal: Principal,
  huntId: string,
  kit: NewKit,
): Promise<AsyncIterable<Uint8Array>> {
  const { organisation, actor } = principal;
  const hunt = await getHunt(context.db, { organisation, id: huntId });
  if (hunt.closedAt !== null) throw new AppError('conflict', { details: 'The hunt is closed' });
  const [scanners, authority] = await Promise.all([builtScanners(context.config.scanners), ownAuthority(context)]);
  const url = new URL(kit.url);
  const pin = url.protocol === 'https:' ? authority : null;
  const expiresIn = secondsLeft(kit, hunt);
  const { id, secret } = await createKey(context.db, principal, {
    name: `kit for ${kit.tool}`,
    permission: 'scan',
    huntId,
    expiresIn,
  });
  const details = { tool: kit.tool, url: url.origin, key: id };
  await appendAudit(context.db, { organisation, actor, action: 'create-kit', subject: huntId, details });
  const own = kit.tool === 'scripts' ? [] : await templates(kit.tool, huntId, kit.everyHours);
  const readme = own.find(({ name }) => name === 'README.md');
  const pieces: Piece[] = [
    ...(await templates('common', huntId, kit.everyHours)),
    ...own.filter((piece) => piece !== readme),
    ...(readme === undefined ? [] : [{ name: `README-${kit.tool}.md`, text: readme.text }]),
    { name: 'genehound.conf', text: scannerSettings(url.origin, secret, pin, hunt.limits) },
    {
      name: 'kit.conf',
      text: `KIT_HUNT=${huntId}\nKIT_JITTER=${kit.jitterMinutes * 60}\nKIT_EVERY=${kit.everyHours}\n`,
    },
    { name: 'scanners.sha256', text: scanners.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('') },
    ...(pin === null ? [] : [{ name: 'authority.pem', text: pin }]),
  ];
  return archive(pieces, kit.scanner === 'inside' ? scanners : []);
}
