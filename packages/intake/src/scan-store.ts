import type { IncomingMessage } from 'node:http';
import type { Layout, RecalledMessage, ScanEnd, ScanMessage, ScanMessageName, ScannerInfo } from '@genehound/contract';
import type { Spooled } from './blob/spool.ts';

/** Who delivers: the holder of a key. */
export interface Sender {
  readonly organisation: string;
  readonly actor: string;
  readonly keyId: string | null;
  readonly huntId: string | null;
  /** As the connection has it; a proxy's, where there is one. */
  readonly address: string;
}

export interface OpenScan {
  readonly sender: Sender;
  /** The scan_id of the upload routes. */
  readonly scanId: string;
  /** The public analysis id, which is the scan's id everywhere else. */
  readonly analysisId: string;
}

/** One message as it came: its bytes are what is kept, its value is what they say. */
export type ReceivedMessage = {
  readonly [N in ScanMessageName]: {
    readonly name: N;
    /** The process of a per-process message, else null. */
    readonly pid: number | null;
    readonly body: Uint8Array;
    readonly value: ScanMessage<N>;
  };
}[ScanMessageName];

/**
 * Where received scans go: the server's database or the collector's disk. Every method that resolves has made its
 * part durable; refusals are AppErrors of the contract's table.
 */
export interface ScanStore {
  /** A token for a key. AppError bad_key. */
  exchangeKey(key: string, address: string): Promise<{ readonly token: string; readonly expiresAt: number }>;
  /** Who holds this token or key. AppError bad_key. */
  authenticate(token: string, address: string): Promise<Sender>;
  /** Whether the sender may ask now. AppError too_many_requests. Without it everybody may. */
  admit?(request: IncomingMessage, sender: Sender): Promise<void>;
  /** AppError conflict where the caller's analysis id is taken. `body`: the message as it came. */
  create(
    sender: Sender,
    info: ScannerInfo,
    body: Uint8Array,
  ): Promise<{ readonly scanId: string; readonly analysisId: string }>;
  /** AppError not_found for a scan that is not there or another sender's, scan_over for one that has ended. */
  open(sender: Sender, scanId: string): Promise<OpenScan>;
  /** Keeps a message; the answer lists the SHA-256 that are wanted, in lower case, for messages that ask. */
  addMessage(scan: OpenScan, message: ReceivedMessage): Promise<readonly string[]>;
  /**
   * The bytes of a message, by their hash, where this sender's organisation has them from any scan; null where not, and
   * for more than MOST_RECALLED_BYTES. What they say is for the caller to check.
   */
  recall(scan: OpenScan, message: RecalledMessage, sha256: string): Promise<Uint8Array | null>;
  /** Whether this scan announced these bytes in this layout. */
  isAnnounced(scan: OpenScan, layout: Layout, sha256: string): Promise<boolean>;
  addBinary(scan: OpenScan, layout: Layout, spooled: Spooled): Promise<void>;
  /** Keeps a refusal for the scan's report. `about`: the message that is lost by it, null where none is. */
  reportProblem(scan: OpenScan, about: ScanMessageName | null, code: string, message: string): Promise<void>;
  end(scan: OpenScan, end: ScanEnd, body: Uint8Array): Promise<void>;
}
