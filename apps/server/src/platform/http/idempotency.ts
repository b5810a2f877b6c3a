import { createHash } from 'node:crypto';
import { AppError } from '@genehound/contract';
import type { Database } from '../database.ts';
import { secretHash } from '../ids.ts';
import type { Vault } from '../vault.ts';
import { beginRequest, forgetRequest, keepAnswer, type Named } from './idempotency-store.ts';
import type { Principal } from './principal.ts';

/** Bytes of an answer that is kept. */
const MOST_KEPT = 65_536;
/** Seconds after which an organisation that has too many may try again. */
const AGAIN_SECONDS = 600;

interface Write {
  readonly principal: Principal;
  /** As the header has it. */
  readonly key: string;
  readonly method: string;
  readonly url: string;
  readonly body: Uint8Array;
}

/**
 * Runs a write once for its Idempotency-Key: who sends it again, since the answer was lost, gets the answer. Keys are
 * a holder's own and last a day. AppError idempotency_reused where another request had the key, idempotency_open where
 * it runs still or was cut off, so that nobody knows what became of it.
 */
export type Once = (
  write: Write,
  work: () => Promise<string>,
) => Promise<{ readonly text: string; readonly isReplay: boolean }>;

/** The key without the quotes of a structured field. AppError bad_request. */
function plainKey(header: string): string {
  const key = header.trim().replace(/^"(.*)"$/, '$1');
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new AppError('bad_request', { details: 'an Idempotency-Key is 1 to 255 visible characters of ASCII' });
}

function fingerprintOf({ method, url, body }: Write): Buffer {
  return createHash('sha256').update(`${method} ${url}\n`).update(body).digest();
}

function holderOf({ keyId, session }: Principal): string {
  return keyId ?? session?.userId ?? 'local';
}

export function createOnce(db: Database, vault: Vault): Once {
  return async (write, work) => {
    const { organisation } = write.principal;
    const named: Named = { organisation, holder: holderOf(write.principal), key: secretHash(plainKey(write.key)) };
    const purpose = `answer:${organisation}:${named.holder}:${Buffer.from(named.key).toString('hex')}`;
    const fingerprint = fingerprintOf(write);
    const found = await beginRequest(db, named, fingerprint);
    if (found === 'full') throw new AppError('too_many_requests', { seconds: AGAIN_SECONDS }, AGAIN_SECONDS);
    if (found !== 'new') {
      if (!found.fingerprint.equals(fingerprint)) throw new AppError('idempotency_reused');
      const kept = found.answer === null ? null : vault.open(found.answer, purpose);
      if (kept === null) throw new AppError('idempotency_open');
      return { text: kept.toString('utf8'), isReplay: true };
    }
    let text: string;
    try {
      text = await work();
    } catch (error) {
      // A refusal did nothing. Of an accident nobody knows how far it came: the key stays taken.
      if (error instanceof AppError) await forgetRequest(db, named);
      throw error;
    }
    const bytes = Buffer.from(text);
    if (bytes.length <= MOST_KEPT) await keepAnswer(db, named, vault.seal(bytes, purpose));
    return { text, isReplay: false };
  };
}
