/** What happens after an instruction, whatever the instruction set. */
export const FLOW_KIND = {
  next: 0,
  conditionalJump: 1,
  jump: 2,
  indirectJump: 3,
  call: 4,
  indirectCall: 5,
  return: 6,
  interrupt: 7,
  undefined: 8,
  halt: 9,
  transaction: 10,
} as const;

/** Flow kinds after which a block ends. */
export const ENDS_BLOCK = new Uint8Array(16);
for (const flow of [
  FLOW_KIND.conditionalJump,
  FLOW_KIND.jump,
  FLOW_KIND.indirectJump,
  FLOW_KIND.return,
  FLOW_KIND.undefined,
  FLOW_KIND.halt,
  FLOW_KIND.transaction,
]) {
  ENDS_BLOCK[flow] = 1;
}

/** Flow kinds after which nothing falls through. */
export const ENDS_PATH = new Uint8Array(16);
for (const flow of [FLOW_KIND.jump, FLOW_KIND.indirectJump, FLOW_KIND.return, FLOW_KIND.undefined, FLOW_KIND.halt]) {
  ENDS_PATH[flow] = 1;
}
