export { detectFormat } from './detect-format.ts';
export { type ImageOptions, parseImage } from './parse-image.ts';
export { readVersionInfo, type VersionInfo } from './pe/version-info.ts';
export { type PrintableStrings, printableStrings } from './printable-strings.ts';
export type * from './types.ts';
