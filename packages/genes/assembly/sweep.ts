// First sweep, as marks.ts.

function mark(next: i32, target: i32, kind: i32): void {
  if (target < first || target >= last) return;
  if (target === next && kind === MARK_CALL_TARGET && narrow) return;
  const found = load<u8>(target + toMarks);
  if ((found & kind) !== 0) return;
  store<u8>(target + toMarks, found | kind);
  if (kind !== MARK_CALL_TARGET) return;
  if (targets === TARGET_ROWS) {
    takeTargets(targets);
    targets = 0;
  }
  store<i32>(TARGETS + (targets << 2), target - first);
  targets += 1;
}

function skipZeros(at: i32): i32 {
  let next = at;
  while (next < last && load<u8>(next) === 0) next += 1;
  return next - at >= ZERO_RUN || next === last ? next : at;
}

/**
 * Length in the low four bits, size of a branch displacement in the next, `SWEPT_CALL`; 0 where the decoder must tell. With
 * branches: where the next instruction lies is guessed long before all of these bytes are there.
 */
function lightLength(at: i32): i32 {
  let next = at + 1;
  let opcode: i32 = load<u8>(at);
  let table: i32 = narrow ? LIGHT_NARROW + 256 : 256;
  let short = false;
  if (opcode === 0x66) {
    short = true;
    table -= 256;
    opcode = load<u8>(next);
    next += 1;
  }
  if ((opcode & 0xf0) === 0x40 && !narrow) {
    if ((opcode & 8) !== 0) {
      if (short) return 0;
      table = 512;
    }
    opcode = load<u8>(next);
    next += 1;
    if (opcode === 0x90) return 0;
  }
  if (opcode === 0x0f) {
    short = false;
    table += 768;
    opcode = load<u8>(next);
    next += 1;
  }
  const light: i32 = load<u8>(LIGHT_TABLE + table + opcode);
  const length = next - at + (light & LIGHT_IMMEDIATE);
  if ((light & LIGHT_MODRM) !== 0) {
    const modrm: i32 = load<u8>(next);
    if (modrm >= 0xc0) return (light & LIGHT_REGISTER) !== 0 ? length + 1 : 0;
    if ((light & LIGHT_MEMORY) === 0) return 0;
    const addressing: i32 = load<u8>(MODRM + (narrow ? MODRM_NARROW : 0) + modrm);
    if ((addressing & 16) === 0) return length + 1 + (addressing & 7);
    return length + 2 + (addressing & 7) + (modrm < 0x40 && (load<u8>(next + 1) & 7) === 5 ? 4 : 0);
  }
  if ((light & LIGHT_RELATIVE) === 0) return light === 0 ? 0 : length;
  return short ? 0 : length | ((light & LIGHT_IMMEDIATE) << 4) | (opcode === 0xe8 ? SWEPT_CALL : 0);
}

/** First sweep; gives the count of instructions. */
export function sweep(): i32 {
  const end = last;
  let at = first;
  let count = 0;
  while (at < end) {
    if (load<u8>(at) === 0) {
      const next = skipZeros(at);
      if (next !== at) {
        at = next;
        continue;
      }
    }
    const light = lightLength(at);
    const known = light & 15;
    let target = 0;
    let kind = 0;
    let length = known;
    if (light !== 0 && at + known <= end) {
      const size = (light >> 4) & 15;
      if (size !== 0) {
        target = at + known + signed(at + known - size, size);
        kind = (light & SWEPT_CALL) !== 0 ? MARK_CALL_TARGET : MARK_JUMP_TARGET;
      }
    } else {
      const found = decode(at);
      length = found & 15;
      if (length === 0) {
        at += 1;
        continue;
      }
      if ((found & SWEPT_RELATIVE) !== 0) {
        target = load<i32>(SLOT);
        kind = (found & SWEPT_CALL) !== 0 ? MARK_CALL_TARGET : MARK_JUMP_TARGET;
      }
    }
    const place = at + toMarks;
    store<u8>(place, load<u8>(place) | MARK_START);
    at += length;
    count += 1;
    if (kind !== 0) mark(at, target, kind);
  }
  takeTargets(targets);
  return count;
}
