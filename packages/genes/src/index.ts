export * as cil from './cil/spec.ts';
export { discoverFunctions, extractGenome } from './extract-genome.ts';
export { EXTRACTION_FLAGS } from './extraction-flags.ts';
export {
  type DecodedGeneSet,
  decodeGeneSet,
  distinctGenes,
  encodeGeneSet,
  type GeneSet,
} from './gene-set.ts';
export * from './genome.ts';
export { decodeGenome, encodeGenome } from './genome-codec.ts';
export * from './pack/pack-format.ts';
export { decodeSets, encodeSets } from './pack/pack-frames.ts';
export { type PackEvent, PackReader } from './pack/pack-reader.ts';
export { PackSigner, PackWriter, rawPublicKey } from './pack/pack-writer.ts';
export { recogniseImage } from './recognise-image.ts';
export * from './verdict/artifact-input.ts';
export * from './verdict/family.ts';
export * from './verdict/foreign-code.ts';
export * from './verdict/judge-artifact.ts';
export * from './verdict/judge-scan.ts';
export * from './verdict/label-set.ts';
export { isEnough, type MaliciousMatch, maliciousMatches } from './verdict/malicious-code.ts';
export type { FamilyCount } from './verdict/rank-families.ts';
export { RULES } from './verdict/rules.ts';
export * from './verdict/sorted-genes.ts';
export { EVERYTHING, type Selection, type Tally, tally } from './verdict/tally.ts';
export * from './verdict/thresholds.ts';
export { type Survey, surveyCode } from './x86/survey.ts';
