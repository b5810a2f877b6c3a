import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { confine } from './confinement.ts';
import { codeAnswer, stringsAnswer, type ViewAsked } from './view-messages.ts';
import { Viewer } from './viewer.ts';

const PROGRAM = readFileSync('/bin/sh');
const CODE: ViewAsked = { ask: 'code', layout: 'raw', regions: [{ rva: 0, size: 64, marks: [] }] };
const source = (bytes: Buffer, size = bytes.length) => ({ size, open: async () => Readable.from([bytes]) });

/** A child that was taken over, in the same confinement. */
function takenOver(program: string, milliseconds = 60_000): Viewer {
  const { command, args, lacking } = confine();
  const flags = args.slice(0, -1).filter((flag) => !flag.startsWith('--permission') && !flag.startsWith('--allow'));
  return new Viewer({ command, args: [...flags, '--input-type=module', '-e', program], lacking }, () => milliseconds);
}

const reasonOf = (seen: { readonly kind: string; readonly reason?: string }): string => {
  assert.equal(seen.kind, 'broken');
  return seen.reason ?? '';
};

describe('a viewing child', () => {
  it('answers about files and hostile bytes alike, two at a time', async () => {
    const viewer = new Viewer();
    const all = await Promise.all(
      [PROGRAM, Buffer.alloc(500, 0xff)].flatMap((bytes) => [
        viewer.ask(source(bytes), CODE, codeAnswer),
        viewer.ask(source(bytes), { ask: 'strings' }, stringsAnswer),
      ]),
    );
    assert.deepEqual(
      all.map(({ kind }) => kind),
      all.map(() => 'seen'),
    );
    const strings = all[1];
    assert.ok(strings?.kind === 'seen' && 'strings' in strings.answer && strings.answer.strings.length > 100);
    assert.deepEqual(await viewer.ask({ size: 1, open: async () => null }, CODE, codeAnswer), { kind: 'gone' });
  });

  it('tells nothing of half an artifact', async () => {
    const viewer = new Viewer();
    assert.match(
      reasonOf(await viewer.ask(source(Buffer.from('abc'), 10), CODE, codeAnswer)),
      /3 bytes in place of 10/,
    );
    const rotten = {
      size: 10,
      open: async () =>
        new Readable({
          read() {
            this.destroy(new Error('rotten'));
          },
        }),
    };
    assert.match(reasonOf(await viewer.ask(rotten, CODE, codeAnswer)), /0 bytes in place of 10|status/);
  });

  it('is believed only as printable text within bounds, and ends when it takes too long', async () => {
    const read = "process.stdin.resume(); process.stdin.on('end', () => ";
    const line = (text: string) =>
      JSON.stringify({
        instructionSet: 'x86',
        base: '0x0',
        regions: [[{ rva: 0, size: 1, bytes: '90', text }]],
        cut: false,
      });
    const say = (words: string) => takenOver(`${read} process.stdout.write(${JSON.stringify(words)}))`);
    const ask = async (viewer: Viewer) => await viewer.ask(source(PROGRAM), CODE, codeAnswer);
    assert.equal((await ask(say(line('nop')))).kind, 'seen');
    for (const words of ['no JSON', line('\u001b[2J'), line('nop\u202e')])
      assert.match(reasonOf(await ask(say(words))), /not one/, words);
    assert.match(reasonOf(await ask(takenOver(`${read} process.exit(7))`))), /status 7/);
    const endless = "for (;;) process.stdout.write('x'.repeat(1 << 20))";
    assert.match(reasonOf(await ask(takenOver(endless))), /too long|ended/);
    assert.match(reasonOf(await ask(takenOver('for (;;);', 1_500))), /longer than 1500 ms/);
  });

  it('ends with the server, also what waits for its turn', async () => {
    const viewer = takenOver('for (;;);');
    const waiting = [1, 2, 3].map(() => viewer.ask(source(PROGRAM), CODE, codeAnswer));
    await new Promise((resolve) => setImmediate(resolve));
    viewer.close();
    for (const seen of await Promise.all(waiting)) assert.match(reasonOf(seen), /server stops/);
  });
});
