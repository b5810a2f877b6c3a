import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { textLines } from '@genehound/intake';
import { z } from 'zod';
import { type ProvedScan, SCAN_EVIDENCE, verifyScanEvidence } from './scan-evidence.ts';
import { type AuditState, verifyAuditLines } from './verify-audit.ts';
import { type ProvedCase, verifyCase } from './verify-case.ts';

export type Proved =
  | ({ readonly kind: 'audit-log' } & AuditState)
  | ({ readonly kind: 'scan' } & ProvedScan & { readonly position: number | null })
  | ({ readonly kind: 'case' } & ProvedCase);

export interface Expected {
  /** The public key that must have signed it. */
  readonly key?: string;
  /** The last digest of the audit log. */
  readonly digest?: string;
  /** An exported audit log, in which a scan's receipt must stand. */
  readonly log?: string;
}

const linesOf = (path: string): AsyncIterable<string> => textLines(createReadStream(path));

/** Where the log's chain holds the receipt. Throws where it does not, or where the log is not whole. */
async function positionOf(scan: ProvedScan, expected: Expected): Promise<number | null> {
  if (expected.log === undefined) return null;
  let found: number | null = null;
  const record = z.tuple([
    z.string(),
    z.number(),
    z.string(),
    z.string(),
    z.string(),
    z.string().nullable(),
    z.unknown(),
  ]);
  const state = await verifyAuditLines(linesOf(expected.log), (link) => {
    const entry = record.safeParse(JSON.parse(link.record)).data;
    if (entry?.[4] !== 'scan.receive' || entry[5] !== scan.document.scan) return;
    if (z.object({ receipt: z.string() }).safeParse(entry[6]).data?.receipt === scan.receipt) found = link.position;
  });
  checkDigest(state, expected, 'The audit log');
  if (found === null) throw new Error('The audit log has no record of this receipt');
  return found;
}

function checkDigest(state: AuditState, { digest }: Expected, what: string): void {
  if (digest !== undefined && digest.toLowerCase() !== state.digest)
    throw new Error(`${what} does not end with the record of that digest: its last is ${state.digest}`);
}

/** Throws where something was named that proves nothing here: "unchanged" would be believed of it, too. */
function refuse(expected: Expected, what: string, options: readonly (keyof Expected)[]): void {
  for (const option of options)
    if (expected[option] !== undefined) throw new Error(`It is ${what}: --${option} says nothing of it`);
}

async function firstLine(path: string): Promise<string> {
  for await (const line of linesOf(path)) return line;
  throw new Error('The file is empty');
}

/** Proves an audit log, a scan's evidence or the directory of a case. Throws an Error that says what does not fit. */
export async function verifyEvidence(path: string, expected: Expected): Promise<Proved> {
  if ((await stat(path)).isDirectory()) {
    refuse(expected, 'a case', ['digest', 'log']);
    return { kind: 'case', ...(await verifyCase(path, expected.key)) };
  }
  const first = await firstLine(path);
  if (first.startsWith('PK'))
    throw new Error('It is a ZIP archive, as a case comes; unpack it and verify the directory');
  if (first.includes(`"${SCAN_EVIDENCE}"`)) {
    if (expected.log === undefined) refuse(expected, 'a scan without --log', ['digest']);
    const scan = await verifyScanEvidence(linesOf(path), expected.key);
    return { kind: 'scan', ...scan, position: await positionOf(scan, expected) };
  }
  refuse(expected, 'an audit log', ['key', 'log']);
  const state = await verifyAuditLines(linesOf(path));
  checkDigest(state, expected, 'It');
  return { kind: 'audit-log', ...state };
}
