export { type CertificateFacts, readCertificate } from './authenticode/certificate.ts';
export { type PeSignatures, readPeSignatures } from './authenticode/pe-signatures.ts';
export {
  AUTHENTICODE,
  attributeContent,
  attributeOid,
  type Digest,
  readCatalogMembers,
  readCounterSigner,
  readIndirectDigest,
  readSignedData,
  readTimeStampInfo,
  type SignedData,
  type SignerInfo,
  signingTime,
} from './authenticode/signed-data.ts';
export { detectFormat } from './detect-format.ts';
export { type ImageOptions, parseImage } from './parse-image.ts';
export { readVersionInfo, type VersionInfo } from './pe/version-info.ts';
export { type PrintableStrings, printableStrings } from './printable-strings.ts';
export type * from './types.ts';
