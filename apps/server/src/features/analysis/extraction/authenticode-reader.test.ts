import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import {
  AUTHORITY,
  CODE,
  CodeSigning,
  type Identity,
  STAMP,
  unsignedCatalog,
} from './authenticode/code-signing.test-helper.ts';
import type { SignatureAnswer } from './authenticode/messages.ts';
import { AuthenticodeReader } from './authenticode-reader.ts';

const SECONDS_2021 = 1_610_000_000;
const names: Record<string, Identity> = {};
const id = (name: string): Identity => names[name] ?? assert.fail(name);

async function* once(bytes: Uint8Array): AsyncGenerator<Buffer> {
  yield Buffer.from(bytes);
}

describe('signatures of programs and catalogs', { timeout: 400_000 }, () => {
  const signing = new CodeSigning();
  const reader = new AuthenticodeReader();
  let program: Uint8Array = new Uint8Array();

  before(() => {
    names.root = signing.issue('/O=Test/CN=Test Root', { by: null, extensions: AUTHORITY });
    names.other = signing.issue('/O=Test/CN=Test Root', { by: null, extensions: AUTHORITY });
    names.middle = signing.issue('/O=Test/CN=Test Authority', { by: id('root'), extensions: AUTHORITY });
    names.signer = signing.issue('/O=Example Works/CN=Example Publisher', {
      by: id('middle'),
      extensions: CODE,
      bits: 2048,
    });
    names.stamper = signing.issue('/O=Test/CN=Test Time', { by: id('root'), extensions: STAMP });
    program = signing.program();
  });
  after(() => {
    reader.close();
    signing.close();
  });

  const look = (bytes: Uint8Array) => reader.file('owner', once(bytes), bytes.length);

  /** Under which spans the signature is valid and stamped, below that anchor. */
  async function under(anchor: Identity, { chain, stamp }: SignatureAnswer) {
    const anchors = [signing.der(anchor).toString('base64')];
    // Of the same owner as the files: another one costs a new child each time.
    const [answer] = await reader.anchor('owner', { anchors, signatures: [{ chain, stampChain: stamp?.chain ?? [] }] });
    return answer ?? assert.fail('no answer');
  }

  async function signatureOf(bytes: Uint8Array): Promise<SignatureAnswer> {
    const { signatures, problems } = await look(bytes);
    assert.deepEqual(problems, []);
    return signatures[0] ?? assert.fail('no signature');
  }

  it('verifies a signature, its chain, and the time stamp, under the right anchor alone', async () => {
    const signed = signing.sign(
      program,
      id('signer'),
      [id('middle')],
      ...signing.stampedBy(id('stamper'), SECONDS_2021),
    );
    const signature = await signatureOf(signed);
    assert.equal(signature.subject, 'CN=Example Publisher, O=Example Works');
    assert.equal(signature.chain.length, 2);
    assert.equal(signature.stamp?.time, SECONDS_2021 * 1_000);
    const root = await under(id('root'), signature);
    assert.deepEqual(root.valid, { from: Date.UTC(2020, 0, 1), until: Date.UTC(2040, 0, 1) });
    assert.deepEqual(root.stamp, { from: Date.UTC(2020, 0, 1), until: Date.UTC(2040, 0, 1) });
    assert.notEqual((await under(id('middle'), signature)).valid, null, 'an authority below the root');
    assert.notEqual((await under(id('signer'), signature)).valid, null, 'the very certificate');
    const wrong = await under(id('other'), signature);
    assert.deepEqual([wrong.valid, wrong.stamp], [null, null], 'another root of the same name');
    assert.equal((await under(id('stamper'), signature)).valid, null);
  });

  it('refuses a changed program, and the signature of another one', async () => {
    const signed = signing.sign(program, id('signer'), [id('middle')]);
    const sound = await look(signed);
    const unsigned = await look(program);
    assert.deepEqual([unsigned.signatures, unsigned.problems], [[], []]);
    assert.equal(unsigned.digest, sound.digest, 'signing does not change what is signed');
    const changed = Buffer.from(signed);
    changed[0x600] = (changed[0x600] ?? 0) ^ 1;
    assert.match((await look(changed)).problems.join(), /another file, or the file was changed/);
    const other = signing.sign(signing.program('two'), id('signer'), [id('middle')]);
    const length = signed.length - program.length;
    if (other.length === signed.length) {
      const moved = Buffer.from(signed);
      moved.set(other.subarray(other.length - length), signed.length - length);
      assert.match((await look(moved)).problems.join(), /another file/);
    }
    const cut = Buffer.from(signed);
    cut[cut.length - 300] = (cut[cut.length - 300] ?? 0) ^ 1;
    const { signatures, problems } = await look(cut);
    assert.deepEqual(signatures, []);
    assert.equal(problems.length, 1);
  });

  it('refuses what is signed by weak digests, by short keys, by certificates for other uses', async () => {
    const weak = signing.sign(program, id('signer'), [id('middle')], '-h', 'sha1');
    assert.match((await look(weak)).problems.join(), /SHA-1/);
    const short = signing.issue('/CN=Short', { by: id('middle'), extensions: CODE, bits: 1024 });
    assert.match((await look(signing.sign(program, short, [id('middle')]))).problems.join(), /too weak/);
    const refused = async (leaf: Identity, chain: readonly Identity[]) =>
      assert.equal((await under(id('root'), await signatureOf(signing.sign(program, leaf, chain)))).valid, null);
    const web = ['extendedKeyUsage=serverAuth'];
    await refused(signing.issue('/CN=Web', { by: id('middle'), extensions: web }), [id('middle')]);
    await refused(signing.issue('/CN=No usage', { by: id('middle'), extensions: [] }), [id('middle')]);
    await refused(signing.issue('/CN=Old digest', { by: id('middle'), extensions: CODE, digest: 'sha1' }), [
      id('middle'),
    ]);
    // A publisher that makes itself an authority.
    await refused(signing.issue('/CN=Below', { by: id('signer'), extensions: CODE }), [id('signer'), id('middle')]);
    const bound = signing.issue('/CN=Bound', {
      by: id('root'),
      extensions: ['basicConstraints=critical,CA:TRUE,pathlen:0'],
    });
    const deeper = signing.issue('/CN=Deeper', { by: bound, extensions: AUTHORITY });
    await refused(signing.issue('/CN=Deep', { by: deeper, extensions: CODE }), [deeper, bound]);
    const critical = [...CODE, 'nameConstraints=critical,permitted;DNS:example.org'];
    await refused(signing.issue('/CN=Unknown', { by: id('middle'), extensions: critical }), [id('middle')]);
    const mail = signing.issue('/CN=Mail', {
      by: id('root'),
      extensions: [...AUTHORITY, 'extendedKeyUsage=emailProtection'],
    });
    await refused(signing.issue('/CN=By mail', { by: mail, extensions: CODE }), [mail]);
  });

  it('a chain that runs in a circle ends', async () => {
    // Two authorities that signed each other, with the keys of the ones above.
    const a = signing.issue('/CN=A', { by: null, extensions: AUTHORITY });
    const b = signing.issue('/CN=B', { by: a, extensions: AUTHORITY });
    execFileSync('openssl', ['req', '-new', '-key', a.key, '-subj', '/CN=A', '-out', signing.path('a.csr')]);
    signing.run('openssl', 'x509', '-req', '-in', 'a.csr', '-CA', b.certificate, '-CAkey', b.key, '-out', 'a2.pem');
    const leaf = signing.issue('/CN=Leaf', { by: b, extensions: CODE });
    const signed = signing.sign(program, leaf, [b, { ...a, certificate: signing.path('a2.pem') }, a]);
    const signature = await signatureOf(signed);
    assert.ok(signature.chain.length <= 4);
    assert.equal((await under(id('root'), signature)).valid, null);
  });

  it('an expired certificate holds for its time, as a time stamp of an anchored authority shows', async () => {
    const old = signing.issue('/CN=Old', { by: id('middle'), extensions: CODE, until: '20220101000000Z' });
    const signed = signing.sign(program, old, [id('middle')], ...signing.stampedBy(id('stamper'), SECONDS_2021));
    const { valid, stamp } = await under(id('root'), await signatureOf(signed));
    assert.equal(valid?.until, Date.UTC(2022, 0, 1));
    assert.notEqual(stamp, null);
    const own = signing.issue('/CN=Own time', { by: id('other'), extensions: STAMP });
    const lied = signing.sign(program, old, [id('middle')], ...signing.stampedBy(own, SECONDS_2021));
    const answer = await under(id('root'), await signatureOf(lied));
    assert.notEqual(answer.valid, null);
    assert.equal(answer.stamp, null, "the time is that of somebody's own authority");
    const forever = [...CODE.slice(0, 2), 'extendedKeyUsage=codeSigning,1.3.6.1.4.1.311.10.3.13'];
    const lifetime = signing.issue('/CN=Lifetime', { by: id('middle'), extensions: forever });
    const ended = signing.sign(program, lifetime, [id('middle')], ...signing.stampedBy(id('stamper'), SECONDS_2021));
    assert.equal((await signatureOf(ended)).stamp, null, 'a stamp does not outlive such a certificate');
  });

  it('believes no time that cannot be, and nothing unsigned that no signing tool adds', async () => {
    const later = signing.sign(
      program,
      id('signer'),
      [id('middle')],
      ...signing.stampedBy(id('stamper'), 4_100_000_000),
    );
    assert.equal((await signatureOf(later)).stamp, null);
    const carrying = signing.sign(program, id('signer'), [id('middle')], '-addUnauthenticatedBlob');
    const { signatures, problems } = await look(carrying);
    assert.deepEqual(signatures, []);
    assert.match(problems.join(), /does not sign, of an unknown kind/);
  });

  it('reads signatures within signatures', async () => {
    const first = signing.sign(program, id('signer'), [id('middle')], '-h', 'sha1');
    const both = await look(signing.sign(first, id('signer'), [id('middle')], '-nest', '-h', 'sha256'));
    assert.equal(both.signatures.length, 1);
    assert.equal(both.problems.length, 1);
  });

  it('verifies catalogs, as an independent reader does', async () => {
    const { digest } = await look(program);
    for (const bare of [false, true]) {
      const list = unsignedCatalog([Buffer.from(digest ?? '', 'hex'), Buffer.alloc(32, 7)], bare);
      const catalog = signing.sign(list, id('signer'), [id('middle')]);
      const answer = await reader.catalog('owner', once(catalog), catalog.length);
      assert.equal(answer.problem, null);
      assert.deepEqual(answer.members, [digest, '07'.repeat(32)]);
      assert.equal(answer.signatures[0]?.subject, 'CN=Example Publisher, O=Example Works');
      const changed = Buffer.from(catalog);
      changed[changed.indexOf(Buffer.alloc(32, 7))] = 8;
      const refused = await reader.catalog('owner', once(changed), changed.length);
      assert.deepEqual([refused.members, refused.problem], [[], 'What it signs was changed']);
      if (bare) continue;
      writeFileSync(signing.path('file.cat'), catalog);
      writeFileSync(signing.path('file.exe'), program);
      const said = signing.run(
        'osslsigncode',
        'verify',
        '-CAfile',
        id('root').certificate,
        '-catalog',
        'file.cat',
        '-in',
        'file.exe',
      );
      assert.match(said, /Signature verification: ok|Succeeded/);
    }
    const empty = await reader.catalog('owner', once(program), program.length);
    assert.equal(empty.problem, 'It is no catalog');
  });
});
