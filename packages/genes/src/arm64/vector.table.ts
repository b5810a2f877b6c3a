/**
 * SVE and SME by their place in the encoding alone, in the form of base.table.ts: registers and predicates are left
 * out, everything else is kept.
 */
export const VECTOR = `
zzz0010 zzzz zzzzz zzz xxx xxxxx ddddd : sve
1zz0000 zzzz zzzzz zzz xxx xxxxx zzzzz : sme
`;
