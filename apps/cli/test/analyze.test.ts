import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { resources } from '@genehound/contract';
import { z } from 'zod';
import { documentOf, genehound, type RunningServer, startServer } from './programs.test-helper.ts';

/** `genehound analyze` against the real server. */

const analysis = z.object({
  sha256: z.string(),
  instructionSet: z.string().nullable(),
  functions: z.int(),
  genes: z.int(),
  server: z
    .object({
      url: z.string(),
      artifact: resources.artifact.nullable(),
      sent: z.boolean(),
      refusal: z.string().nullable(),
    })
    .nullable(),
});

let server: RunningServer;
let folder = '';
const run = (args: readonly string[], environment?: Readonly<Record<string, string>>) =>
  genehound(server.data, args, environment);

/** A copy of a program with another hash and the same code. */
function changed(name: string, byte: number): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([readFileSync('/bin/ls'), Buffer.from([byte])]));
  return path;
}

async function analysed(args: readonly string[]): Promise<z.infer<typeof analysis>> {
  const ended = await run(['analyze', ...args, '--json']);
  assert.equal(ended.exit, 0, ended.stderr);
  return analysis.parse(documentOf(ended));
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'genehound-test-analyze-'));
  server = await startServer();
  const labelled = await run(['index', '/bin/ls', '--family', 'Family of a test', '--type', 'malware']);
  assert.equal(labelled.exit, 0, labelled.stderr);
});
after(async () => {
  await server.clean();
  rmSync(folder, { recursive: true, force: true });
});

test('without a server: what the file is made of, and that no verdict is there', async () => {
  const alone = await genehound('/nonexistent', ['analyze', '/bin/cat', '--json']);
  assert.equal(alone.exit, 0, alone.stderr);
  const { genes, functions, server: asked } = analysis.parse(documentOf(alone));
  assert.ok(genes > 50 && functions > 20, alone.stdout);
  assert.equal(asked, null);
  const text = await genehound('/nonexistent', ['analyze', '/bin/cat']);
  assert.match(text.stdout, /^Genes +\d+ distinct/m);
  assert.match(text.stdout, /^Verdict +none: no server was asked$/m);
});

test('bytes that the server has never seen are judged by their genes', async () => {
  const path = changed('unseen', 1);
  const first = await analysed([path]);
  assert.equal(first.server?.sent, true);
  const verdict = first.server?.artifact?.verdict;
  assert.deepEqual([verdict?.verdict, verdict?.evidence.rule], ['malicious', 'malicious-genes']);
  assert.equal(verdict?.evidence.families[0]?.name, 'Family of a test');
  const again = await analysed([path]);
  assert.equal(again.server?.sent, false, 'it is asked by hash first');
  assert.deepEqual(again.server?.artifact, first.server?.artifact);
  const { stdout } = await run(['analyze', path]);
  assert.match(stdout, /^Verdict +MALICIOUS \(malicious\), by the rule malicious-genes$/m);
  assert.match(
    stdout,
    /^ {2}Family of a test +malware +100\.0 % +\d+ genes +\d+ in no other family +in \d+ functions/m,
  );
});

test('--local: neither bytes nor hash reach the server', async () => {
  const path = changed('kept', 2);
  const { sha256, server: asked } = await analysed([path, '--local']);
  assert.equal(asked, null);
  const { server: later } = await analysed([path]);
  assert.equal(later?.sent, true, `the server had ${sha256} already`);
});

test('a key that may only read: by hash alone, and the refusal is told', async () => {
  const made = await run(['key', 'create', 'reader', '--permission', 'read', '--json']);
  const { secret } = resources.createdKey.parse(documentOf(made));
  const path = changed('unread', 3);
  const refused = await analysed([path, '--key', secret]);
  assert.equal(refused.server?.artifact, null);
  assert.match(refused.server?.refusal ?? '', /Permission/i);
  const known = await analysed([join(folder, 'unseen'), '--key', secret]);
  assert.equal(known.server?.artifact?.verdict?.verdict, 'malicious');
});

test('a server that was named and does not answer is an error; a wrong key too', async () => {
  const gone = await run(['analyze', '/bin/cat', '--url', 'http://127.0.0.1:9', '--key', 'x']);
  assert.equal(gone.exit, 2);
  assert.match(gone.stderr, /cannot be reached/);
  const wrong = await run(['analyze', '/bin/cat', '--key', '00000000-0000-4000-8000-000000000000']);
  assert.equal(wrong.exit, 3, wrong.stderr);
});

test('what cannot be read, is no image, or is damaged', async () => {
  const absent = await run(['analyze', join(folder, 'absent')]);
  assert.equal(absent.exit, 1);
  assert.match(absent.stderr, /absent cannot be read: no such file or directory\.$/m);
  const document = await run(['analyze', import.meta.filename]);
  assert.equal(document.exit, 0, document.stderr);
  assert.match(document.stdout, /no executable image; --layout raw/);
  assert.match(document.stdout, /^Verdict +none: \S+ did not take the bytes: .*image/m);
  const hostile = join(folder, 'hostile');
  writeFileSync(hostile, Buffer.concat([readFileSync('/bin/cat').subarray(0, 200), Buffer.alloc(50_000, 0xff)]));
  const damaged = await run(['analyze', hostile]);
  assert.equal(damaged.exit, 0, damaged.stderr);
});
