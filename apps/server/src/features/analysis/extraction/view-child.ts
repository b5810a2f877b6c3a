import { parseImage, printableStrings } from '@genehound/binary';
import {
  type CodeAnswer,
  MOST_LINES,
  MOST_STRINGS,
  QUESTION_HEADER,
  type StringsAnswer,
  VIEW_QUESTION_LIMIT,
  type ViewQuestion,
  viewQuestion,
} from './view-messages.ts';

/**
 * The program that turns an artifact's code into text, for one question. Confined like the one that extracts genes;
 * whatever goes wrong in it costs this question alone.
 */
const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const all = Buffer.concat(chunks);
const length = all.readUInt32LE(0);
if (length > VIEW_QUESTION_LIMIT) throw new Error('a question above the limit');
const question = viewQuestion.parse(JSON.parse(all.toString('utf8', QUESTION_HEADER, QUESTION_HEADER + length)));
const bytes = all.subarray(QUESTION_HEADER + length);
if (bytes.length !== question.size) throw new Error(`It got ${bytes.length} bytes in place of ${question.size}`);

type CodeQuestion = Extract<ViewQuestion, { readonly ask: 'code' }>;

async function code({ layout, regions }: CodeQuestion): Promise<CodeAnswer> {
  // Loaded here: strings need none of it.
  const { disassemble } = await import('@genehound/disassembly');
  const listing = await disassemble(bytes, parseImage(bytes, layout), regions, MOST_LINES);
  return {
    ...listing,
    base: `0x${BigInt.asUintN(64, listing.base).toString(16)}`,
    regions: listing.regions.map((lines) => [...lines]),
  };
}

function strings(): StringsAnswer {
  const { strings: found, cut } = printableStrings(bytes, MOST_STRINGS);
  return { strings: [...found], cut };
}

process.stdout.write(JSON.stringify(question.ask === 'code' ? await code(question) : strings()));
