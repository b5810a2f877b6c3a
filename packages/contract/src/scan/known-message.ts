import { z } from 'zod';
import { sha256Text } from './common.ts';
import type { ScanMessageName } from './messages.table.ts';

/**
 * Messages that are the same on many endpoints, and from one scan to the next. Our scanner asks at KNOWN_MESSAGE_ROUTE
 * whether the server has the very bytes before it sends them; where it has, they count as sent. A server that does not
 * know the route answers 404, and the message comes whole. None of these announces an artifact.
 */
const RECALLED = ['autoruns_info', 'scheduled_tasks_info'] as const satisfies readonly ScanMessageName[];
export type RecalledMessage = (typeof RECALLED)[number];

/** Below the scan's address. */
export const KNOWN_MESSAGE_ROUTE = 'known-message';

/** The question: the message by its name, its bytes (before compression) by their hash. */
export const knownMessage = z.looseObject({ message: z.enum(RECALLED), sha256: sha256Text });

/** The answer, below `result`. */
export interface KnownMessageAnswer {
  readonly known: boolean;
}

/** Bytes up to which a message is recalled: a larger one comes whole. */
export const MOST_RECALLED_BYTES = 4_194_304;
