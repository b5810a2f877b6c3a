import { mix32 } from '../gene-hash.ts';
import { CONTEXT_BASE, DESCRIPTORS, MNEMONIC } from './forms.ts';

/**
 * First word of an instruction in a fuzzy gene, by the same index as `DESCRIPTORS`: mnemonic, kinds and sizes of
 * the operands, no register and no constant.
 */
export const FUZZY_TOKEN = new Int32Array(DESCRIPTORS.length);

for (let form = 1; form < CONTEXT_BASE.length; form++) {
  const from = CONTEXT_BASE[form] ?? 0;
  const to = CONTEXT_BASE[form + 1] ?? DESCRIPTORS.length;
  for (let i = from; i < to; i++) {
    FUZZY_TOKEN[i] = mix32((MNEMONIC[form] ?? 0) + Math.imul(DESCRIPTORS[i] ?? 0, 0x9e3779b1));
  }
}

/** Added to the token, times the memory form's number (docs/gene-scheme.md, "Memory form"). */
export const MEMORY_FORM_FACTOR = 0x27d4eb2f;
/** Added to the token for a prefix that belongs to the instruction. */
export const LOCK_TERM = 0x165667b1;
export const REP_TERM = 0x2545f491;
export const REPNE_TERM = 0x6c8e9cf5;
/** Times the EVEX mask bits: 1 masked, 2 zeroing. */
export const MASK_FACTOR = 0x3c6ef372;

/** An absolute displacement from here on is an address, below it is an offset (for example into fs:). */
export const ADDRESS_LIMIT = 0x1_0000;
