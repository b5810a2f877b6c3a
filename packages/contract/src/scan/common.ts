import { z } from 'zod';

/** Bounds of what an endpoint may send. Longer is refused with a reason, never cut silently. */
export const LIMITS = {
  path: 32_768,
  commandLine: 262_144,
  text: 4_096,
  name: 512,
  itemsPerMessage: 200_000,
  changesPerFinding: 4_096,
} as const;

export const pathText = z.string().max(LIMITS.path);
export const shortText = z.string().max(LIMITS.name);
export const longText = z.string().max(LIMITS.text);
export const sha256Text = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/)
  .toLowerCase();

/** Unsigned 64-bit integer: a plain JSON number with every digit, read by parseJson. */
export const unsigned64 = z.union([
  z.int().nonnegative(),
  z
    .bigint()
    .nonnegative()
    .lte(2n ** 64n - 1n),
]);

export const processId = z.int().nonnegative().max(0xffff_ffff);
export const imageType = z.enum(['32', '64']).or(shortText);
