import { anchor, examineCatalog, examineFile } from './authenticode/examine.ts';
import { type AnchorQuestion, ASK, QUESTION_LIMIT } from './authenticode/messages.ts';
import { FrameReader } from './frame-reader.ts';

/**
 * The program that verifies signatures of files and catalogs. Confined like the one that extracts genes: no environment,
 * no network, no capabilities, a ceiling on its address space; whatever goes wrong in it costs this process alone.
 */

const reader = new FrameReader();

function answer(body: Buffer): unknown {
  const bytes = body.subarray(1);
  switch (body[0]) {
    case ASK.file:
      return examineFile(bytes);
    case ASK.catalog:
      return examineCatalog(bytes);
    case ASK.anchor: {
      // The server's own words, not an endpoint's.
      const question: AnchorQuestion = JSON.parse(bytes.toString('utf8'));
      return anchor(question);
    }
    default:
      throw new Error('an unknown question');
  }
}

process.stdin.on('data', (chunk: Buffer) => {
  reader.push(chunk);
  for (let body = reader.take(QUESTION_LIMIT); body !== null; body = reader.take(QUESTION_LIMIT)) {
    if (body === 'too-large') throw new Error('a question above the limit');
    const said = Buffer.from(JSON.stringify(answer(body)));
    const header = Buffer.alloc(4);
    header.writeUInt32LE(said.length);
    process.stdout.write(Buffer.concat([header, said]));
  }
});
