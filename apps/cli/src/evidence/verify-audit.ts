import { createHash } from 'node:crypto';
import { type AuditLink, audit } from '@genehound/contract';

export interface AuditState {
  readonly records: number;
  /** Of the last record; write it down, and a log that ends before it was cut off. */
  readonly digest: string;
}

/** Checks links as they come. Throws an error that says which record does not fit. */
export class AuditChain {
  #records = 0;
  #digest = Buffer.alloc(32);

  add(link: AuditLink): void {
    const position = this.#records + 1;
    if (link.position !== position)
      throw new Error(`Record ${position} is missing: record ${link.position} comes in its place`);
    const digest = createHash('sha256').update(this.#digest).update(link.record, 'utf8').digest();
    if (digest.toString('hex') !== link.digest)
      throw new Error(`Record ${position} is not what was recorded: it was changed, or one before it`);
    this.#records = position;
    this.#digest = digest;
  }

  get state(): AuditState {
    return { records: this.#records, digest: this.#digest.toString('hex') };
  }
}

/**
 * A file of one link a line, as `genehound evidence export` writes it; `onLink` sees each once it fits. Throws where it is
 * not whole and unchanged.
 */
export async function verifyAuditLines(
  lines: AsyncIterable<string>,
  onLink?: (link: AuditLink) => void,
): Promise<AuditState> {
  const chain = new AuditChain();
  let number = 0;
  for await (const line of lines) {
    number += 1;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw new Error(`Line ${number} is not JSON`);
    }
    const link = audit.auditLink.safeParse(value);
    if (!link.success) throw new Error(`Line ${number} is no record of an audit log`);
    chain.add(link.data);
    onLink?.(link.data);
  }
  return chain.state;
}
