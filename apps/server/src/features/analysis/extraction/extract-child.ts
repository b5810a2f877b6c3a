import { parseImage } from '@genehound/binary';
import { allGenes, distinctGenes, encodeGeneSet, encodeGenome, extractGenome, SCHEME } from '@genehound/genes';
import { FrameReader } from './frame-reader.ts';
import { readQuestion, writeAnswer } from './frames.ts';

/**
 * The program that reads endpoint bytes. It has no environment, no files but its own code, no network where that can
 * be taken away, and a ceiling on its address space; whatever goes wrong in it costs this process alone.
 */

/** The server bounds what it sends; this only keeps a broken pipe from asking for the whole memory. */
const QUESTION_LIMIT = 2 ** 28;

const reader = new FrameReader();

function answer(body: Uint8Array): void {
  const question = readQuestion(body);
  if (question === null) throw new Error('a question without a layout');
  const image = parseImage(question.bytes, question.layout);
  const extracted = extractGenome(question.bytes, image);
  const genome = { ...extracted, problems: [...image.problems, ...extracted.problems] };
  const geneCount = distinctGenes(genome.fuzzyHigh, genome.fuzzyLow).high.length;
  const parts = writeAnswer(encodeGenome(genome), geneCount, encodeGeneSet(allGenes(genome), SCHEME));
  for (const part of parts) process.stdout.write(part);
}

process.stdin.on('data', (chunk: Buffer) => {
  reader.push(chunk);
  for (;;) {
    const body = reader.take(QUESTION_LIMIT);
    if (body === null) return;
    if (body === 'too-large') throw new Error('a question above the limit');
    answer(body);
  }
});
