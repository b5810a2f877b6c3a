import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, in the maker's folder. */
export interface Identity {
  readonly name: string;
  readonly certificate: string;
  readonly key: string;
}

interface IssueOptions {
  /** Extensions as openssl writes them. */
  readonly extensions: readonly string[];
  /** null: signed by itself. */
  readonly by: Identity | null;
  /** `YYYYMMDDHHMMSSZ` */
  readonly from?: string;
  readonly until?: string;
  readonly digest?: string;
  /** Of an RSA key; without it the key is of an elliptic curve, which is made in no time. */
  readonly bits?: number;
}

export const AUTHORITY = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
export const CODE = ['basicConstraints=CA:FALSE', 'keyUsage=critical,digitalSignature', 'extendedKeyUsage=codeSigning'];
export const STAMP = ['keyUsage=critical,digitalSignature', 'extendedKeyUsage=critical,timeStamping'];

/** Makes certificates with openssl, programs with mingw, and signs them with osslsigncode: none of it is ours. */
export class CodeSigning {
  readonly folder = mkdtempSync(join(tmpdir(), 'genehound-test-signing-'));
  #files = 0;

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  run(tool: string, ...args: readonly string[]): string {
    return execFileSync(tool, args, { cwd: this.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** A certificate of that subject (`/O=…/CN=…`). */
  issue(subject: string, options: IssueOptions): Identity {
    const name = `id${this.#files++}`;
    const { by, extensions, from = '20200101000000Z', until = '20400101000000Z', digest = 'sha256', bits } = options;
    const newKey = bits === undefined ? ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'] : [`rsa:${bits}`];
    const [certificate, key] = [this.path(`${name}.pem`), this.path(`${name}.key`)];
    writeFileSync(this.path(`${name}.ext`), `[e]\nsubjectKeyIdentifier=hash\n${extensions.join('\n')}\n`);
    writeFileSync(this.path(`${name}.idx`), '');
    writeFileSync(
      this.path(`${name}.cnf`),
      `[ca]\ndefault_ca=d\n[d]\ndatabase=${name}.idx\nnew_certs_dir=.\nrand_serial=yes\npolicy=p\nunique_subject=no\n[p]\ncommonName=optional\norganizationName=optional\n`,
    );
    this.run('openssl', 'req', '-newkey', ...newKey, '-nodes', '-keyout', key, '-out', `${name}.csr`, '-subj', subject);
    const signer = by === null ? ['-selfsign', '-keyfile', key] : ['-cert', by.certificate, '-keyfile', by.key];
    this.run(
      'openssl',
      'ca',
      '-batch',
      '-config',
      `${name}.cnf`,
      '-preserveDN',
      ...signer,
      '-in',
      `${name}.csr`,
      '-out',
      certificate,
      '-notext',
      '-md',
      digest,
      '-startdate',
      from,
      '-enddate',
      until,
      '-extfile',
      `${name}.ext`,
      '-extensions',
      'e',
    );
    return { name, certificate, key };
  }

  der({ certificate }: Identity): Buffer {
    return execFileSync('openssl', ['x509', '-in', certificate, '-outform', 'DER']);
  }

  /** A small Windows program; other text, other program. */
  program(text = 'one', prefix = 'x86_64-w64-mingw32'): Uint8Array {
    const name = `p${this.#files++}`;
    writeFileSync(this.path(`${name}.c`), `const char text[] = "${text}"; int main(void) { return text[0]; }`);
    this.run(`${prefix}-gcc`, '-s', '-o', `${name}.exe`, `${name}.c`);
    return new Uint8Array(readFileSync(this.path(`${name}.exe`)));
  }

  /** `bytes` (a program or a cabinet) signed by osslsigncode, whose further arguments are `args`. */
  sign(bytes: Uint8Array, signer: Identity, chain: readonly Identity[], ...args: readonly string[]): Uint8Array {
    const name = `s${this.#files++}`;
    writeFileSync(this.path(`${name}.in`), bytes);
    writeFileSync(
      this.path(`${name}.chain`),
      chain.map(({ certificate }) => readFileSync(certificate, 'utf8')).join(''),
    );
    const more = chain.length === 0 ? [] : ['-ac', `${name}.chain`];
    this.run(
      'osslsigncode',
      'sign',
      '-certs',
      signer.certificate,
      '-key',
      signer.key,
      ...more,
      ...args,
      '-in',
      `${name}.in`,
      '-out',
      `${name}.out`,
    );
    return new Uint8Array(readFileSync(this.path(`${name}.out`)));
  }

  /** Arguments for `sign` that add a time stamp, `seconds` since 1970. */
  stampedBy(authority: Identity, seconds: number): readonly string[] {
    return ['-TSA-certs', authority.certificate, '-TSA-key', authority.key, '-TSA-time', String(seconds)];
  }
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const short = Buffer.from([tag, body.length]);
  return Buffer.concat([body.length < 128 ? short : Buffer.concat([Buffer.from([tag, 0x84]), length]), body]);
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const digits = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift((left & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return der(0x06, Buffer.from(bytes));
}

const NULL = der(0x05);
const SHA256 = der(0x30, oid('2.16.840.1.101.3.4.2.1'), NULL);

/** SpcIndirectDataContent of a program. */
function indirectData(digest: Uint8Array, algorithm: Buffer): Buffer {
  const image = der(0x30, der(0x03, Buffer.from([0])), der(0xa0, der(0xa2, der(0x80))));
  const data = der(0x30, oid('1.3.6.1.4.1.311.2.1.15'), image);
  return der(0x30, data, der(0x30, algorithm, der(0x04, digest)));
}

/** A catalog that nobody signed, of these SHA-256 digests; `bare` names them as members alone do in newer catalogs. */
export function unsignedCatalog(digests: readonly Uint8Array[], bare = false): Buffer {
  const members = digests.map((digest) => {
    const attribute = der(0x30, oid('1.3.6.1.4.1.311.2.1.4'), der(0x31, indirectData(digest, SHA256)));
    return der(0x30, der(0x04, digest), bare ? der(0x31) : der(0x31, attribute));
  });
  const list = der(
    0x30,
    der(0x30, oid('1.3.6.1.4.1.311.12.1.1')),
    der(0x04, Buffer.from('0123456789abcdef')),
    der(0x17, Buffer.from('250101000000Z')),
    der(0x30, oid('1.3.6.1.4.1.311.12.1.3'), NULL),
    der(0x30, ...members),
  );
  const content = der(0x30, oid('1.3.6.1.4.1.311.10.1'), der(0xa0, list));
  const signed = der(0x30, der(0x02, Buffer.from([1])), der(0x31), content, der(0x31));
  return der(0x30, oid('1.2.840.113549.1.7.2'), der(0xa0, signed));
}
