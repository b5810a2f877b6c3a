import { createHash } from 'node:crypto';
import {
  AUTHENTICODE,
  type PeSignatures,
  readCatalogMembers,
  readIndirectDigest,
  readPeSignatures,
  readSignedData,
  type SignedData,
} from '@genehound/binary';
import { type Certificate, loadCertificate, spanUnder, USAGE } from './certificate-path.ts';
import type { Anchored, AnchorQuestion, CatalogAnswer, FileAnswer, SignatureAnswer } from './messages.ts';
import { type SoundSignature, verifySignature } from './verify-signature.ts';

/** Signatures that are looked at, those within others too. */
const MOST_SIGNATURES = 8;

const encoded = (chain: readonly Certificate[]): string[] =>
  chain.map(({ der }) => Buffer.from(der).toString('base64'));

function answerOf({ chain, stamp }: SoundSignature): SignatureAnswer {
  return {
    subject: chain[0]?.facts.name ?? null,
    chain: encoded(chain),
    stamp: stamp === null ? null : { time: stamp.time, chain: encoded(stamp.chain) },
  };
}

function digestOf(file: Uint8Array, { covered, padding }: PeSignatures, name: string): Buffer {
  const hash = createHash(name);
  for (const { from, to } of covered ?? []) hash.update(file.subarray(from, to));
  return hash.update(Buffer.alloc(padding)).digest();
}

/** A message, then the messages within it: newer signatures are put into older ones. */
function* messagesIn(signatures: readonly Uint8Array[]): Generator<SignedData | null> {
  const queue = [...signatures];
  for (let taken = 0; taken < MOST_SIGNATURES; taken++) {
    const next = queue.shift();
    if (next === undefined) return;
    const data = readSignedData(next);
    yield data;
    for (const signer of data?.signers ?? []) queue.push(...(signer.unsigned.get(AUTHENTICODE.nestedSignature) ?? []));
  }
}

function fits(digest: ReturnType<typeof readIndirectDigest>, file: Uint8Array, read: PeSignatures): string | null {
  if (digest === null || digest.name === null) return 'It does not say what it signs';
  if (digest.kind !== AUTHENTICODE.peImage) return 'It signs a file of another kind';
  if (digest.name === 'sha1') return 'It names the file by SHA-1, which proves nothing any more';
  const isSame = Buffer.compare(digest.value, digestOf(file, read, digest.name)) === 0;
  return isSame ? null : 'It is the signature of another file, or the file was changed';
}

/** Verifies the embedded signatures of a PE file. Runs in the confined child. */
export function examineFile(file: Uint8Array): FileAnswer {
  const read = readPeSignatures(file);
  if (read.covered === null) return { digest: null, signatures: [], problems: [] };
  const digest = digestOf(file, read, 'sha256').toString('hex');
  const broken = read.problems.map(({ message }) => message);
  if (broken.length > 0) return { digest: null, signatures: [], problems: broken };
  const signatures: SignatureAnswer[] = [];
  const problems: string[] = [];
  for (const data of messagesIn(read.signatures)) {
    if (data?.contentType !== AUTHENTICODE.indirectData) {
      problems.push('A signature cannot be read');
      continue;
    }
    const problem = fits(readIndirectDigest(data.content), file, read);
    const verified = problem === null ? verifySignature(data) : { problem };
    if ('problem' in verified) problems.push(verified.problem);
    else signatures.push(answerOf(verified));
  }
  return { digest, signatures, problems };
}

/** Verifies a catalog and lists what it names. Runs in the confined child. */
export function examineCatalog(bytes: Uint8Array): CatalogAnswer {
  const data = readSignedData(bytes);
  const members = data?.contentType === AUTHENTICODE.trustList ? readCatalogMembers(data.content) : null;
  if (data === null || members === null) return { problem: 'It is no catalog', signatures: [], members: [], weak: 0 };
  const verified = verifySignature(data);
  if ('problem' in verified) return { problem: verified.problem, signatures: [], members: [], weak: members.weak };
  const names = new Set(members.sha256.map((value) => Buffer.from(value).toString('hex')));
  return { problem: null, signatures: [answerOf(verified)], members: [...names], weak: members.weak };
}

function load(chain: readonly string[]): readonly Certificate[] {
  const all = chain.map((text) => loadCertificate(Buffer.from(text, 'base64')));
  return all.filter((one) => one !== null);
}

/** Which chains end at one of the anchors, and when they hold. Runs in the confined child. */
export function anchor({ anchors, signatures }: AnchorQuestion): Anchored {
  const trusted = load(anchors);
  const under = (chain: readonly string[], usage: (typeof USAGE)[keyof typeof USAGE]) => {
    const loaded = load(chain);
    if (loaded.length !== chain.length) return null;
    return trusted.map((one) => spanUnder(one, loaded, usage)).find((span) => span !== null) ?? null;
  };
  return signatures.map(({ chain, stampChain }) => ({
    valid: under(chain, USAGE.codeSigning),
    stamp: stampChain.length === 0 ? null : under(stampChain, USAGE.timeStamping),
  }));
}
