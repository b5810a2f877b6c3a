export { detectFormat } from './detect-format.ts';
export { type ImageOptions, parseImage } from './parse-image.ts';
export type * from './types.ts';
