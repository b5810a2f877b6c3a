import { z } from 'zod';

/**
 * What goes between the server and the child that runs rules: frames of a 32-bit length, little-endian, and so many
 * bytes. A question is one byte that says what it is, then rules as JSON, or the artifact; an answer is JSON.
 */
export const ASK = { load: 1, scan: 2 } as const;
export type Asked = (typeof ASK)[keyof typeof ASK];
export const FRAME_LIMIT = 2 ** 28;
export const ANSWER_LIMIT = 2 ** 22;

export interface RuleText {
  readonly name: string;
  readonly text: string;
}

const ruleProblem = z.object({ name: z.string().max(200), problem: z.string().max(600) });
export type RuleProblem = z.infer<typeof ruleProblem>;
/** `matched`: how many of the rule's sequences were found. */
const ruleHit = z.object({ rule: z.string().max(200), matched: z.int().nonnegative().max(10_000) });
export type RuleHit = z.infer<typeof ruleHit>;

export const problemsAnswer = z.array(ruleProblem).max(100_000);
export const hitsAnswer = z.array(ruleHit).max(10_000);
