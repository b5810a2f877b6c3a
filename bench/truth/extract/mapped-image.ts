import type { Image } from '@genehound/binary';

const PAGE = 4096;

/**
 * The image as a scan would bring it out of memory: executable ranges and the headers at their RVAs, all else zeros.
 * Code of position-independent images is the same in memory as in the file, so nothing has to be relocated.
 */
export function mappedImage(bytes: Uint8Array, image: Image): Uint8Array | null {
  const end = image.code.reduce((most, { rva, size }) => Math.max(most, rva + size), 0);
  if (end === 0 || end > 1 << 29) return null;
  const out = new Uint8Array(Math.ceil(end / PAGE) * PAGE);
  out.set(bytes.subarray(0, Math.min(PAGE, bytes.length, out.length)));
  for (const { offset, rva, size } of image.code) out.set(bytes.subarray(offset, offset + size), rva);
  return out;
}
