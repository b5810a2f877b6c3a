// Words of one instruction, as common-words.ts.

function isFar(value: i32): bool {
  return value >= ADDRESS_LIMIT || value < -ADDRESS_LIMIT;
}

function isAddress(displacement: i32, addressing: i32, noBase: bool, base: i32): bool {
  if ((addressing & 64) !== 0) return true;
  if (noBase) return u32(displacement) >= u32(ADDRESS_LIMIT);
  if (!narrow) return false;
  const short = displacement >= -128 && displacement < 128;
  return isFar(displacement) || base === 3 || (short && displacement !== 0);
}

/** Parts of what `operand` gives: bytes behind ModRM, that there is a constant (the high half), and the memory form. */
const MEMORY_SIZE: i32 = 7;
const MEMORY_CONSTANT: i32 = 8;

function operand(modrm: i32, at: i32, rex: i32): i64 {
  const addressing: i32 = load<u8>(MODRM + (narrow ? MODRM_NARROW : 0) + modrm);
  let size = addressing & 7;
  let form = 0;
  let base = modrm & 7;
  let next = at;
  let noBase = (addressing & 128) !== 0;
  if ((addressing & 16) !== 0) {
    const sib: i32 = load<u8>(next);
    next += 1;
    base = sib & 7;
    if (base === 5 && modrm < 0x40) {
      size = 4;
      noBase = true;
    }
    if ((sib & 0x38) !== 0x20 || (rex & 2) !== 0) form = (1 + (sib >> 6)) << 4;
    if (base === 4 && (rex & 1) === 0) return i64((size + 1) | (form + (15 << 4)));
  }
  if (size === 0) return i64((next - at) | form);
  const behind = next - at + size;
  const displacement = signed(next, size);
  if (size === 4 && isAddress(displacement, addressing, noBase, base)) {
    store<i32>(next, 0);
    return i64(behind | (form + (10 << 4)));
  }
  if (displacement === 0) return i64(behind | form);
  return (i64(displacement) << 32) | i64(behind | MEMORY_CONSTANT | (form + (5 << 4)));
}

/** As `isInformative`; LEA and MOV are told by their traits. */
function isInformative(traits: i32, opcode: i32, modrm: i32, rex: i32, sib: i32): bool {
  if ((modrm & 7) !== 4 && (modrm & 0x38) !== 0x20) return true;
  const isMemory = modrm < 0xc0;
  const reg = ((modrm >> 3) & 7) | ((rex & 4) << 1);
  if ((traits & COMMON_LEA) !== 0)
    return !(reg === 4 || (reg === 5 && (modrm & 7) === 4 && (sib & 0x3f) === 0x24 && (rex & 3) === 0));
  const rm = (modrm & 7) | ((rex & 1) << 3);
  const toReg = opcode < 0x80 ? (opcode & 2) !== 0 : opcode === 0x8b;
  if (toReg ? reg === 4 : !isMemory && rm === 4) return false;
  if ((traits & COMMON_MOV) === 0 || isMemory) return true;
  return !(toReg ? reg === 5 && rm === 4 : rm === 5 && reg === 4);
}

function flushLists(): void {
  takeBlocks(blocks, calls);
  blocks = 0;
  calls = 0;
}

function addCall(target: i32): void {
  if (calls === CALL_ROWS) flushLists();
  store<i32>(CALLS + (calls << 2), target);
  calls += 1;
}

/** What the instruction that ended the block is: mnemonic of a relative jump or 0, where that leads or -1, opaque. */
let tail: i32 = 0;
let tailAt: i32 = 0;
let tailTarget: i32 = 0;
let tailOpaque: bool = false;

/** A `STEP`; the words are absorbed. */
function add(at: i32): i32 {
  let next = at + 1;
  let opcode: i32 = load<u8>(at);
  let row: i32 = narrow ? ROW_NARROW : 0;
  if (opcode === 0x66) {
    row += ROW_66;
    opcode = load<u8>(next);
    next += 1;
  }
  let rex = 0;
  if ((opcode & 0xf0) === 0x40 && !narrow) {
    rex = opcode;
    row += (rex & 8) * (ROW_W / 8);
    opcode = load<u8>(next);
    next += 1;
  }
  if (opcode === 0x0f) {
    row += ROW_0F;
    opcode = load<u8>(next);
    next += 1;
  }
  const modrm: i32 = load<u8>(next);
  const entry = ((row | opcode) << 4) | ((modrm >> 3) & 7) | ((modrm & (modrm << 1) & 0x80) >> 4);
  const traits = load<i32>(COMMON_TABLE + (entry << 3));
  if (traits === 0) return 0;
  const word = load<i32>(COMMON_TABLE + (entry << 3) + 4);
  next += (traits & COMMON_MODRM) >> 4;
  const sib: i32 = load<u8>(next);
  if ((traits & COMMON_MEMORY) !== 0) {
    const found = operand(modrm, next, rex);
    const parts = i32(found);
    next += parts & MEMORY_SIZE;
    keepWord(word + (parts >> 4) * MEMORY_FORM_FACTOR);
    if ((parts & MEMORY_CONSTANT) !== 0) keepWord(i32(found >> 32));
  } else keepWord(word);
  const immediate = next;
  next += traits & COMMON_IMMEDIATE;
  if ((traits & (COMMON_CONSTANT | COMMON_ONE)) !== 0) {
    let value = (traits & COMMON_ONE) !== 0 ? 1 : signed(immediate, traits & COMMON_IMMEDIATE);
    if ((traits & (COMMON_ONE | COMMON_FAR_ADDRESS)) === COMMON_FAR_ADDRESS) {
      if ((traits & (COMMON_ANY_ADDRESS | COMMON_MEMORY)) === COMMON_ANY_ADDRESS || isFar(value)) {
        store<i32>(immediate, 0);
        value = 0;
      }
    }
    keepWord(value);
  }
  const flow = (traits >> COMMON_FLOW_SHIFT) & 15;
  if (flow !== 0) {
    const isRelative = (traits & COMMON_RELATIVE) !== 0;
    if (isRelative && flow === FLOW_CALL) {
      addCall(next + load<i32>(immediate) - first);
      store<i32>(immediate, 0);
    } else if ((traits & COMMON_ENDS_BLOCK) !== 0) {
      tail = isRelative ? load<i32>(JUMPS + ((entry >> 4) << 2)) : 0;
      tailAt = at;
      tailTarget = isRelative ? next + signed(immediate, traits & COMMON_IMMEDIATE) - first : -1;
      const addressing: i32 =
        (traits & COMMON_MEMORY) === 0 ? 0 : load<u8>(MODRM + (narrow ? MODRM_NARROW : 0) + modrm);
      tailOpaque = flow === FLOW_INDIRECT_JUMP && (addressing & 192) === 0;
    }
  }
  let informative = (traits & COMMON_INFORMATIVE) >> 5;
  if ((traits & COMMON_STACK) !== 0) informative = i32(isInformative(traits, opcode, modrm, rex, sib));
  return (next - at) | (flow << STEP_FLOW_SHIFT) | (informative << STEP_INFORMATIVE_SHIFT);
}

/** The same by the decoder. */
function addUncommon(at: i32): i32 {
  const found = step(at - first);
  for (let i = 0; i < ((found >> STEP_WORDS_SHIFT) & 3); i++) keepWord(load<i32>(SLOT_WORDS + (i << 2)));
  if (found < 0) return found;
  const flow = (found >> STEP_FLOW_SHIFT) & 15;
  if (flow === FLOW_CALL) addCall(load<i32>(SLOT));
  else if (((1 << flow) & ENDS_BLOCK) !== 0) {
    tailTarget = load<i32>(SLOT);
    tail = load<i32>(SLOT + 4);
    tailAt = at;
    tailOpaque = load<i32>(SLOT + 8) !== 0;
  }
  return found;
}
