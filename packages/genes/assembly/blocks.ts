// Second sweep, as block-builder.ts.

/** One block from its first byte on; gives the place behind it. `flags` are those of its row so far. */
function block(from: i32, flags: i32): i32 {
  const end = last;
  let informative = 0;
  let count = 0;
  let decoded = 0;
  let start = 0;
  let blockEnd = from;
  let gap = 0;
  let lastIsCall = false;
  let flow: i32 = 0;
  let keep = true;
  let at = from;
  fuzzyA = load<i32>(SEEDS);
  fuzzyB = load<i32>(SEEDS + 4);
  fuzzyWords = 0;
  wordsEnd = WORDS;
  tail = 0;
  tailTarget = -1;
  tailOpaque = false;
  for (;;) {
    if (wordsEnd > WORDS_FULL) absorbWords();
    let found = add(at);
    if (found === 0) found = addUncommon(at);
    const length = found & STEP_LENGTH;
    decoded += 1;
    if (found >= 0) {
      if (start === 0) start = at;
      else if (blockEnd !== at) gap += at - blockEnd;
      count += 1;
      informative += (found >> STEP_INFORMATIVE_SHIFT) & 1;
      flow = (found >> STEP_FLOW_SHIFT) & 15;
      if (gap !== 0 && tail === 0) memory.copy(at - gap, at, length);
      at += length;
      blockEnd = at;
      lastIsCall = flow === FLOW_CALL || flow === FLOW_INDIRECT_CALL;
      if (((1 << flow) & ENDS_BLOCK) !== 0) break;
    } else {
      at += length;
      if (lastIsCall) {
        flow = FLOW_HALT;
        break;
      }
    }
    const marked: i32 = at < end ? load<u8>(at + toMarks) : 0;
    if (marked === (MARK_START | MARK_KNOWN) && start !== 0) flags |= BLOCK_PASSED_KNOWN;
    else if (marked !== MARK_START) {
      keep = lastIsCall || (marked & MARK_START) !== 0;
      break;
    }
  }
  instructions += decoded;
  codeBytes += at - from;
  if (tailOpaque) flags |= BLOCK_OPAQUE;
  flags |= (keep ? BLOCK_KEEP : 0) | (flow << BLOCK_FLOW_SHIFT);
  const row = newRow(from, at, flags);
  if (start !== 0) fillRow(row, start, blockEnd, gap, count, keep && informative >= MIN_INFORMATIVE);
  return at;
}

/** A row with what every block has, padding alone, too. */
function newRow(from: i32, next: i32, flags: i32): i32 {
  if (blocks === BLOCK_ROWS) flushLists();
  const row = BLOCKS + blocks * BLOCK_WIDTH;
  blocks += 1;
  store<i32>(row, from - first);
  store<i32>(row, next - first, 4);
  store<i32>(row, flags, 8);
  store<i32>(row, tailTarget, 24);
  store<i32>(row, calls, 28);
  return row;
}

/** The rest, of a block that has code. */
function fillRow(row: i32, start: i32, blockEnd: i32, gap: i32, count: i32, isGene: bool): void {
  const size = (tail !== 0 ? tailAt : blockEnd) - gap - start;
  hashCode(start, start + size, tail);
  store<i32>(row, load<i32>(row, 8) | BLOCK_HAS_CODE | (isGene ? BLOCK_GENE : 0), 8);
  store<i32>(row, start - first, 12);
  store<i32>(row, blockEnd - first, 16);
  store<i32>(row, count, 20);
  store<i32>(row, exactA, 32);
  store<i32>(row, exactB, 36);
  if (!isGene) return;
  absorbWords();
  const exactLow = finishLow(exactA, exactB, size);
  const fuzzyLow = finishLow(fuzzyA, fuzzyB, fuzzyWords);
  store<i32>(row, finishHigh(fuzzyA, fuzzyLow, fuzzyWords), 40);
  store<i32>(row, fuzzyLow, 44);
  store<i32>(row, finishHigh(exactA, exactLow, size), 48);
  store<i32>(row, exactLow, 52);
}

/** Second sweep over the whole range. */
export function cutBlocks(): void {
  const end = last;
  let at = first;
  let flags = 0;
  while (at < end) {
    const found: i32 = load<u8>(at + toMarks);
    if ((found & MARK_START) === 0) {
      flags = BLOCK_ENDS_PATH;
      do at += 1;
      while (at < end && (load<u8>(at + toMarks) & MARK_START) === 0);
      continue;
    }
    if ((found & (MARK_CALL_TARGET | MARK_KNOWN)) !== 0) flags |= BLOCK_OPENS;
    at = block(at, flags);
    flags = 0;
  }
  flushLists();
}
