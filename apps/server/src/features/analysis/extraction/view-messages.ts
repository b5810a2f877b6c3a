import type { Layout } from '@genehound/contract';
import { z } from 'zod';

/**
 * What goes between the server and the child that shows code: the question's length as an unsigned 32-bit number,
 * little-endian, the question as JSON, the artifact, the end. The answer is JSON, then the end.
 */
export const QUESTION_HEADER = 4;
/** Bytes of a question and of an answer. */
export const VIEW_QUESTION_LIMIT = 2 ** 24;
export const VIEW_ANSWER_LIMIT = 2 ** 24;
/** Instructions in one answer. */
export const MOST_LINES = 20_000;
/** Strings in one answer. */
export const MOST_STRINGS = 10_000;

const rva = z.int().min(0).max(0xffff_ffff);

/** Bytes of the artifact: of fewer, half of a file, nothing is told. */
const artifactSize = z.int().min(0);

export const viewQuestion = z.discriminatedUnion('ask', [
  z.object({
    ask: z.literal('code'),
    size: artifactSize,
    layout: z.enum(['file', 'mapped', 'raw']) satisfies z.ZodType<Layout>,
    regions: z.array(z.object({ rva, size: rva, marks: z.array(rva).max(MOST_LINES) })).max(MOST_LINES),
  }),
  z.object({ ask: z.literal('strings'), size: artifactSize }),
]);
export type ViewQuestion = z.infer<typeof viewQuestion>;
/** A question without the size, which the source says. */
export type ViewAsked = ViewQuestion extends infer Q ? (Q extends unknown ? Omit<Q, 'size'> : never) : never;

const codeLine = z.object({
  rva,
  size: rva,
  bytes: z.string().regex(/^([0-9a-f]{2}){1,16}$/),
  // Printable ASCII alone: what a taken-over child says ends on a terminal.
  text: z.string().regex(/^[ -~]{1,400}$/),
});

export const codeAnswer = z.object({
  instructionSet: z.enum(['x86', 'x86-64', 'arm64', 'cil']).nullable(),
  base: z.string().regex(/^0x[0-9a-f]{1,16}$/),
  regions: z.array(z.array(codeLine).max(MOST_LINES)).max(MOST_LINES),
  cut: z.boolean(),
});
export type CodeAnswer = z.infer<typeof codeAnswer>;

export const stringsAnswer = z.object({
  strings: z
    .array(z.object({ value: z.string().regex(/^[ -~]{1,400}$/), encoding: z.enum(['ascii', 'utf-16le']) }))
    .max(MOST_STRINGS),
  cut: z.boolean(),
});
export type StringsAnswer = z.infer<typeof stringsAnswer>;
