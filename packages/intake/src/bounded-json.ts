import { AppError, parseJson } from '@genehound/contract';
import { INTAKE_LIMITS } from './limits.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** From this many digits on, a number may be beyond 2^53. */
const LONG_NUMBER = 16;

interface Shape {
  readonly depth: number;
  readonly values: number;
  /** Whether a run of digits is so long that JSON.parse alone could round it. */
  readonly longNumbers: boolean;
}

/**
 * One pass over the bytes, before anything is built from them: nesting, number of values, long numbers. Stops
 * early once a limit is passed. Says nothing about validity; the parser does.
 */
export function shapeOfJson(bytes: Uint8Array): Shape {
  let depth = 0;
  let deepest = 0;
  let values = 1;
  let digits = 0;
  let longNumbers = false;
  let inString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (inString) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) inString = false;
      continue;
    }
    if (byte >= 0x30 && byte <= 0x39) {
      digits += 1;
      if (digits >= LONG_NUMBER) longNumbers = true;
      continue;
    }
    digits = 0;
    if (byte === QUOTE) inString = true;
    else if (byte === 0x2c) values += 1;
    else if (byte === 0x5b || byte === 0x7b) {
      depth += 1;
      values += 1;
      if (depth > deepest) deepest = depth;
    } else if (byte === 0x5d || byte === 0x7d) depth -= 1;
    if (deepest > INTAKE_LIMITS.depth || values > INTAKE_LIMITS.values) break;
  }
  return { depth: deepest, values, longNumbers };
}

/**
 * Parses what an endpoint sent: UTF-8, bounded in depth and number of values, integers with every digit (bigint
 * beyond 2^53). An empty body is `{}`, as public clients send for "no parameters". Throws AppError('bad_request').
 */
export function parseBoundedJson(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return {};
  const shape = shapeOfJson(bytes);
  if (shape.depth > INTAKE_LIMITS.depth) {
    throw new AppError('bad_request', { details: `nested deeper than ${INTAKE_LIMITS.depth} levels` });
  }
  if (shape.values > INTAKE_LIMITS.values) {
    throw new AppError('bad_request', { details: `more than ${INTAKE_LIMITS.values} values in one message` });
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AppError('bad_request', { details: 'the body is not UTF-8' });
  }
  try {
    return shape.longNumbers ? parseJson(text) : JSON.parse(text);
  } catch (error) {
    const where = error instanceof SyntaxError ? error.message.replaceAll(/"[^"]*"/g, '…').slice(0, 200) : '';
    throw new AppError('bad_request', { details: `the body is not JSON (${where})` });
  }
}
