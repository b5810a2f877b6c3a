import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { verifyCase } from './verify-case.ts';

const root = mkdtempSync(join(tmpdir(), 'genehound-test-case-'));
after(() => rmSync(root, { recursive: true }));

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const raw = Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url');
const hash = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');
assert.ok(publicKey);

function makeCase(name: string): string {
  const directory = join(root, name);
  mkdirSync(join(directory, 'code'), { recursive: true });
  const contents = { 'report.json': '{}', 'code/one.bin': 'code' };
  const files = Object.entries(contents).map(([file, text]) => {
    writeFileSync(join(directory, file), text);
    return { name: file, sha256: hash(text), size: text.length };
  });
  const list = JSON.stringify({ format: 'genehound-case', version: 1, files });
  writeFileSync(join(directory, 'case.json'), list);
  const signature = sign(null, Buffer.from(list), privateKey).toString('hex');
  writeFileSync(
    join(directory, 'case.signature.json'),
    JSON.stringify({ keyId: hash(raw), publicKey: raw.toString('hex'), signature }),
  );
  return directory;
}

test('a case is proved; whatever is changed, missing, added or led elsewhere is told', async () => {
  assert.deepEqual(await verifyCase(makeCase('whole'), raw.toString('hex')), {
    files: 2,
    publicKey: raw.toString('hex'),
  });
  const harm: Readonly<Record<string, [(directory: string) => void, RegExp]>> = {
    changed: [(at) => writeFileSync(join(at, 'code/one.bin'), 'edoc'), /code\/one\.bin was changed/],
    missing: [(at) => rmSync(join(at, 'report.json')), /report\.json is missing/],
    added: [(at) => writeFileSync(join(at, 'more.txt'), ''), /more\.txt is no part/],
    link: [(at) => symlinkSync('/etc/passwd', join(at, 'more')), /neither a file nor/],
    list: [
      (at) => writeFileSync(join(at, 'case.json'), '{"format":"genehound-case","version":1,"files":[]}'),
      /changed after it was signed/,
    ],
    unsigned: [(at) => rmSync(join(at, 'case.signature.json')), /ENOENT/],
    nonsense: [(at) => writeFileSync(join(at, 'case.signature.json'), '{"keyId":1}'), /not of the form/],
  };
  for (const [name, [change, message]] of Object.entries(harm)) {
    const directory = makeCase(name);
    change(directory);
    await assert.rejects(verifyCase(directory, undefined), message, name);
  }
  await assert.rejects(verifyCase(makeCase('foreign'), 'ab'.repeat(32)), /not by the one that was named/);
});
