import { isDeepStrictEqual } from 'node:util';
import { parseJson, type Route } from '@genehound/contract';

/**
 * Throws an Error where an answer is not what the contract, and so the OpenAPI document, says of it: a value that its
 * schema refuses, or one that it does not know. Of what is sent: so dates and undefined are what the reader gets.
 */
export function checkAnswer(name: string, route: Route, text: string): void {
  if (route.answer === 'bytes' || route.answer === 'events') return;
  const sent = parseJson(text);
  const read = route.answer.safeParse(sent);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new Error(`The answer of ${name} breaks the contract: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  if (!isDeepStrictEqual(read.data, sent)) throw new Error(`The answer of ${name} has more than the contract: ${text}`);
}
