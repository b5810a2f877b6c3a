#!/usr/bin/env node
/**
 * Builds the scanner: `node scanner/build.mjs [--all | --only NAME] [--force] [--release] [--version X.Y.Z] [--sign PROGRAM] [--out DIR]`, on Node 20 or later.
 *
 * Without --all or --only for this machine only. Writes scanner-linux-amd64, scanner-linux-arm64, Scanner.exe and
 * scanner-builds.json (name, version, SHA-256), and of each file what it consists of (NAME.cdx.json), into scanner/dist. Two builds of one source tree by one Go version are equal bit by bit.
 * --sign calls a program of yours with the path of each file, to sign it in place; both hashes are recorded. What was signed
 * is replaced only by --sign or --force: a build without them (set-up makes one) leaves it, and says that it is of older sources.
 * --release demands the pinned Go. What is up to date is left alone. Progress goes to stderr.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { env as inherited } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resourceObject } from './resource.mjs';
import { sbomOf } from './sbom.mjs';

const source = fileURLToPath(new URL('.', import.meta.url));

const TARGETS = [
  { name: 'scanner-linux-amd64', os: 'linux', arch: 'amd64' },
  { name: 'scanner-linux-arm64', os: 'linux', arch: 'arm64' },
  { name: 'Scanner.exe', os: 'windows', arch: 'amd64' },
];

const OLDEST_GO = [1, 21];
/** At most 6 MB (issue 4): a larger scanner is built with a warning, and a test fails. */
const MAX_BYTES = 6_000_000;

/**
 * The compiler inlines only where it makes a scan faster: these packages. Everywhere else a call costs nothing that
 * counts, and its tables of inlined calls would make the executable 6 % larger.
 */
const INLINED = [
  'runtime/...',
  'internal/runtime/...',
  'internal/bytealg',
  'sync/...',
  'bufio',
  'bytes',
  'cmp',
  'compress/flate',
  'math/bits',
  'slices',
  'strconv',
  'unicode/utf8',
  'genehound/scanner/internal/detect/...',
  'genehound/scanner/internal/os/...',
];

/** For Windows there is more to link, and what the runtime's own inlining gains is not worth the 60 kB that it costs there. */
function inlinedFor(target) {
  return target.os === 'windows' ? INLINED.filter((name) => name !== 'runtime/...') : INLINED;
}

/** The older collector of garbage is 47 kB smaller; a heap of 20 MB gains nothing by the newer one. Go 1.25 knows the choice. */
function experiments(version) {
  return minorOf(version) >= 25 ? 'nogreenteagc' : '';
}

function minorOf(version) {
  return Number(/^go1\.(\d+)/.exec(version)?.[1]);
}

/** Functions begin at multiples of 8 instead of 32 bytes: 115 kB less on x64. Go 1.25 knows the choice; arm64 has 16 anyway. */
function alignment(target, version) {
  return target.arch === 'amd64' && minorOf(version) >= 25 ? ' -funcalign=8' : '';
}

/** The toolchain of releases, pinned in go.mod; another one builds, too, and says that it is not that. */
function pinnedGo() {
  return /^toolchain (go\S+)$/m.exec(readFileSync(join(source, 'go.mod'), 'utf8'))?.[1];
}

class BuildError extends Error {}

/** The Go toolchain's path and version, or a sentence that says how to get one. */
function findGo() {
  const install =
    'install it by: apt-get install -t bookworm-backports golang-go (Debian 12), or from https://go.dev/dl/ into /usr/local/go';
  for (const go of ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go']) {
    let text;
    try {
      text = execFileSync(go, ['version'], {
        encoding: 'utf8',
        env: { ...inherited, GOTOOLCHAIN: 'local' },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    } catch {
      continue;
    }
    const [, version, major, minor] = /go version (go(\d+)\.(\d+)\S*)/.exec(text) ?? [];
    if (Number(major) > OLDEST_GO[0] || (Number(major) === OLDEST_GO[0] && Number(minor) >= OLDEST_GO[1]))
      return { go, version };
    if (version)
      throw new BuildError(
        `Go ${OLDEST_GO.join('.')} or later builds the scanner, but ${go} is ${version}: ${install}.`,
      );
  }
  throw new BuildError(`Go is missing: ${install}.`);
}

/** Every file that goes into a build, sorted. */
function sourceFiles(directory = source) {
  return readdirSync(directory, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return ['dist', 'testdata'].includes(entry.name) ? [] : sourceFiles(path);
      return /\.(go|s|bin|mod|sum|mjs)$/.test(entry.name) && !entry.name.endsWith('_test.go') ? [path] : [];
    })
    .sort();
}

function digest(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

function inputDigest(goVersion, version) {
  return digest(goVersion, version, ...sourceFiles().flatMap((path) => [relative(source, path), readFileSync(path)]));
}

function readRecord(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { builds: [] };
  }
}

function isUpToDate(record, target, input, out) {
  const build = record.builds?.find((one) => one.name === target.name);
  const path = join(out, target.name);
  return (
    build?.input === input &&
    existsSync(path) &&
    existsSync(`${path}.cdx.json`) &&
    sha256(readFileSync(path)) === build.sha256
  );
}

/** Whether the file is the one that --sign left: nobody here can make it again. */
function isSigned(record, target, out) {
  const build = record.builds?.find((one) => one.name === target.name);
  const path = join(out, target.name);
  return build?.unsignedSha256 !== undefined && existsSync(path) && sha256(readFileSync(path)) === build.sha256;
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Where a target is compiled. Scanner.exe has resources with its version in them, an object file that must lie beside the
 * sources: that is a copy, for the tree is not to be written to, and others may build from it at once.
 */
function workFolder(target, version) {
  if (target.os !== 'windows') return { folder: source, remove: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'genehound-scanner-'));
  for (const path of sourceFiles()) cpSync(path, join(folder, relative(source, path)));
  writeFileSync(join(folder, 'cmd/scanner/resource_windows_amd64.syso'), resourceObject(version));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Has a file signed by the customer's program. */
function signed(program, path) {
  try {
    execFileSync(program, [path], { stdio: ['ignore', 2, 2] });
    return sha256(readFileSync(path));
  } catch (error) {
    throw new BuildError(`${program} did not sign ${path}: ${error.message}`);
  }
}

function compile({ toolchain, version, sign }, target, out) {
  const path = resolve(out, target.name);
  // Under its own name already: what signs goes by that.
  const making = mkdtempSync(join(resolve(out), '.making-'));
  const part = join(making, target.name);
  const linker = `-s -w -buildid= -X genehound/scanner/internal/version.Version=${version}${alignment(target, toolchain.version)}`;
  const args = [
    'build',
    '-trimpath',
    '-buildvcs=false',
    '-gcflags=all=-l',
    ...inlinedFor(target).map((name) => `-gcflags=${name}=`),
    '-ldflags',
    linker,
    '-o',
    part,
    './cmd/scanner',
  ];
  const env = {
    ...inherited,
    GOOS: target.os,
    GOARCH: target.arch,
    CGO_ENABLED: '0',
    GOTOOLCHAIN: 'local',
    GOFLAGS: '',
    GOWORK: 'off',
    GOAMD64: 'v1',
    GOARM64: 'v8.0',
    GOEXPERIMENT: experiments(toolchain.version),
  };
  const work = workFolder(target, version);
  try {
    execFileSync(toolchain.go, args, { cwd: work.folder, env, stdio: ['ignore', 2, 2] });
    const size = statSync(part).size;
    if (size > MAX_BYTES)
      console.error(`${target.name} has ${size} bytes, more than the ${MAX_BYTES} that it should have.`);
    const unsigned = sha256(readFileSync(part));
    const hashes = sign === undefined ? { sha256: unsigned } : { sha256: signed(sign, part), unsignedSha256: unsigned };
    const { name, os, arch } = target;
    const made = { name, os, arch, size: statSync(part).size, go: toolchain.version, ...hashes, version };
    const sbom = sbomOf(toolchain.go, part, made);
    chmodSync(part, 0o755);
    renameSync(part, path);
    writeFileSync(`${path}.cdx.json`, `${JSON.stringify(sbom, null, 2)}\n`);
    return made;
  } catch (error) {
    if (error instanceof BuildError) throw error;
    throw new BuildError(`${target.name} was not built: ${error.message}`);
  } finally {
    rmSync(making, { recursive: true, force: true });
    work.remove();
  }
}

function packageVersion() {
  return JSON.parse(readFileSync(join(source, '../package.json'), 'utf8')).version;
}

/** Builds the targets into `out` and returns what is there: `{ builds: [{ name, os, arch, size, sha256, version }] }`. */
function build({
  targets = TARGETS,
  out = join(source, 'dist'),
  version = packageVersion(),
  force = false,
  release = false,
  sign,
} = {}) {
  if (!/^[\w.+-]{1,64}$/.test(version)) throw new BuildError(`"${version}" is no version.`);
  const toolchain = findGo();
  if (release && toolchain.version !== pinnedGo())
    throw new BuildError(`A release is built by ${pinnedGo()}, which go.mod pins; this is ${toolchain.version}.`);
  mkdirSync(out, { recursive: true });
  const recordPath = join(out, 'scanner-builds.json');
  const record = readRecord(recordPath);
  const input = inputDigest(toolchain.version, version);
  const builds = new Map((record.builds ?? []).map((one) => [one.name, one]));
  for (const target of targets) {
    if (!force && sign === undefined && isUpToDate(record, target, input, out)) {
      console.error(`${target.name} is up to date.`);
      continue;
    }
    if (!force && sign === undefined && isSigned(record, target, out)) {
      console.error(
        `${target.name} is signed, and of older sources: it is kept. --sign makes and signs it anew, --force replaces it unsigned.`,
      );
      continue;
    }
    console.error(`Building ${target.name} with ${toolchain.version} …`);
    builds.set(target.name, { ...compile({ toolchain, version, sign }, target, out), input });
    const part = `${recordPath}.part-${process.pid}`;
    writeFileSync(part, `${JSON.stringify({ builds: [...builds.values()] }, null, 2)}\n`);
    renameSync(part, recordPath);
  }
  return { builds: [...builds.values()] };
}

function main() {
  const { values } = parseArgs({
    options: {
      all: { type: 'boolean' },
      only: { type: 'string' },
      force: { type: 'boolean' },
      release: { type: 'boolean' },
      version: { type: 'string' },
      sign: { type: 'string' },
      out: { type: 'string' },
    },
  });
  const here = { os: platform() === 'win32' ? 'windows' : platform(), arch: arch() === 'x64' ? 'amd64' : arch() };
  const isWanted = (one) =>
    values.only === undefined ? one.os === here.os && one.arch === here.arch : one.name === values.only;
  const targets = values.all ? TARGETS : TARGETS.filter(isWanted);
  if (targets.length === 0)
    throw new BuildError(
      `There is no scanner ${values.only ?? `for ${here.os}/${here.arch}`}; --all builds those that there are.`,
    );
  const { builds } = build({
    targets,
    force: values.force ?? false,
    release: values.release ?? false,
    ...(values.version === undefined ? {} : { version: values.version }),
    ...(values.sign === undefined ? {} : { sign: resolve(values.sign) }),
    ...(values.out === undefined ? {} : { out: values.out }),
  });
  for (const one of builds) console.error(`${one.name}  ${one.size} bytes  sha256 ${one.sha256}`);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  try {
    main();
  } catch (error) {
    if (!(error instanceof BuildError) && error?.code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') throw error;
    console.error(`scanner/build.mjs: ${error.message}`);
    process.exitCode = 1;
  }
}
