import { parseImage } from '@genehound/binary';
import { disassemble } from '@genehound/disassembly';
import { type CodeAnswer, MOST_LINES, QUESTION_HEADER, VIEW_QUESTION_LIMIT, viewQuestion } from './view-messages.ts';

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

const image = parseImage(bytes, question.layout);
const listing = await disassemble(bytes, image, question.regions, MOST_LINES);
const answer: CodeAnswer = {
  ...listing,
  base: `0x${BigInt.asUintN(64, listing.base).toString(16)}`,
  regions: listing.regions.map((lines) => [...lines]),
};
process.stdout.write(JSON.stringify(answer));
