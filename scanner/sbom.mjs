/**
 * What a built scanner consists of, as CycloneDX 1.6: read out of the executable itself (`go version -m`), so that it says
 * what is in there rather than what was meant to be. No time and no serial number: equal builds have equal documents.
 */
import { execFileSync } from 'node:child_process';

/** The licences of the few modules that the scanner may consist of; a new one fails the build until it stands here. */
const LICENCES = { 'golang.org/x/crypto': 'BSD-3-Clause', 'golang.org/x/sys': 'BSD-3-Clause', std: 'BSD-3-Clause' };

function library(name, version) {
  const licence = LICENCES[name];
  if (licence === undefined) throw new Error(`${name} is in the scanner, and sbom.mjs does not know its licence`);
  return {
    type: 'library',
    'bom-ref': `pkg:golang/${name}@${version}`,
    name,
    version,
    purl: `pkg:golang/${name}@${version}`,
    licenses: [{ license: { id: licence } }],
  };
}

/** The text of `go version -m`: the Go that built it, and the modules in it. A replaced module is its replacement. */
function modulesOf(text) {
  const go = /^[^\n]*: go(\S+?)(?:-X:\S+)?(?:[ \t][^\n]*)?$/m.exec(text)?.[1];
  if (go === undefined) throw new Error('go version -m names no Go');
  const modules = [];
  for (const line of text.split('\n')) {
    const [, kind, name, version] = line.split('\t');
    if (kind === 'dep') modules.push({ name, version });
    if (kind === '=>') modules[modules.length - 1] = { name, version };
  }
  return { go, modules };
}

/** `build`: its entry in scanner-builds.json. */
export function sbomOf(go, path, build) {
  const { go: standard, modules } = modulesOf(execFileSync(go, ['version', '-m', path], { encoding: 'utf8' }));
  const components = [library('std', standard), ...modules.map(({ name, version }) => library(name, version))];
  const ref = `genehound-scanner-${build.os}-${build.arch}`;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': ref,
        name: build.name,
        version: build.version,
        licenses: [{ license: { id: 'Apache-2.0' } }],
        hashes: [{ alg: 'SHA-256', content: build.sha256 }],
        properties: [
          { name: 'genehound:go', value: build.go },
          ...(build.unsignedSha256 === undefined
            ? []
            : [{ name: 'genehound:sha256-before-signing', value: build.unsignedSha256 }]),
        ],
      },
    },
    components,
    dependencies: [{ ref, dependsOn: components.map((one) => one['bom-ref']) }],
  };
}
