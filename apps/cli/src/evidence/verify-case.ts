import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { receipts } from '@genehound/contract';
import { z } from 'zod';
import { verifySigned } from './verify-signed.ts';

/** A case on disk: `case.json` lists every file with its digest, `case.signature.json` signs exactly those bytes. */
const CASE_LIST = 'case.json';
const CASE_SIGNATURE = 'case.signature.json';
/** A list of 100,000 files has about 15 MB. */
const LIST_LIMIT = 67_108_864;

const caseList = z.looseObject({
  format: z.literal('genehound-case'),
  version: z.literal(1),
  files: z.array(z.object({ name: z.string(), sha256: z.string(), size: z.int().nonnegative() })).max(100_000),
});

export interface ProvedCase {
  readonly files: number;
  readonly publicKey: string;
}

async function readSmall(path: string): Promise<Buffer> {
  const { size } = await stat(path);
  if (size > LIST_LIMIT) throw new Error(`${path} is larger than ${LIST_LIMIT} bytes`);
  return await readFile(path);
}

function parse<T>(schema: z.ZodType<T>, bytes: Uint8Array, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Error(`${what} is not JSON`);
  }
  const found = schema.safeParse(value);
  if (!found.success) throw new Error(`${what} is not of the form that this program knows`);
  return found.data;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

async function filesBelow(directory: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const names = new Set<string>();
  for (const entry of entries) {
    const name = relative(directory, join(entry.parentPath, entry.name));
    // A link could lead to bytes outside of the case, and change with them.
    if (!entry.isDirectory() && !entry.isFile()) throw new Error(`${name} is neither a file nor a directory`);
    if (entry.isFile()) names.add(name);
  }
  return names;
}

/** Throws an Error that says what does not fit: the signature, a file that was changed, is missing or was put in. */
export async function verifyCase(directory: string, expectedKey: string | undefined): Promise<ProvedCase> {
  const list = await readSmall(join(directory, CASE_LIST));
  const signed = parse(receipts.signed, await readSmall(join(directory, CASE_SIGNATURE)), CASE_SIGNATURE);
  verifySigned(list, signed, expectedKey);
  const { files } = parse(caseList, list, CASE_LIST);
  const there = new Set(await filesBelow(directory));
  there.delete(CASE_LIST);
  there.delete(CASE_SIGNATURE);
  for (const { name, sha256 } of files) {
    if (!there.delete(name)) throw new Error(`${name} is missing`);
    if ((await digestOf(join(directory, name))) !== sha256) throw new Error(`${name} was changed`);
  }
  const [stranger] = there;
  if (stranger !== undefined) throw new Error(`${stranger} is no part of the case`);
  return { files: files.length, publicKey: signed.publicKey };
}
