/* Amber, part 4: machines: a byte-code interpreter, its tiny assembler, automata, a paging and a disk simulator. */
#include "amber.h"

u32 amber_assemble(u8 *code, u64 seed) {
  u32 n = 0;
  for (u32 i = 0; i < 60; i++) {
    u32 op = (u32)((seed >> (i & 31)) ^ (i * 7)) % 14;
    code[n++] = (u8)op;
    if (op == 0 || op == 9) code[n++] = (u8)(i * 11 + 3);
    if (op == 12) code[n++] = (u8)(i & 3);
  }
  code[n++] = 15;
  return n;
}

u64 amber_interpret(const u8 *code, u32 size, u64 *stack) {
  u32 pc = 0, sp = 4, steps = 0;
  stack[0] = 5;
  stack[1] = 7;
  stack[2] = 0x1f;
  stack[3] = 2;
  while (pc < size && steps++ < 5000) {
    u32 op = code[pc++];
    if (sp < 3) {
      stack[sp] = sp * 0x35 + 1;
      sp++;
    }
    if (sp > 28) sp = 9;
    u64 top = stack[sp - 1], next = stack[sp - 2];
    switch (op) {
      case 0: stack[sp++] = code[pc++] * 0x101ul; break;
      case 1: stack[--sp - 1] = next + top * 3; break;
      case 2: stack[--sp - 1] = (next - top) ^ 0x55; break;
      case 3: stack[--sp - 1] = next * (top | 1) + (next >> 9); break;
      case 4: stack[sp - 1] = next; stack[sp - 2] = top; break;
      case 5: stack[sp++] = top ^ (top << 3); break;
      case 6: stack[sp - 1] = ~top + (next & 0xff); break;
      case 7: stack[sp - 1] = rotl64(top, (unsigned)next); break;
      case 8: stack[--sp - 1] = next < top ? top - next : next; break;
      case 9: pc += (top & 1) ? code[pc] % 5u + 1 : 1; break;
      case 10: stack[sp - 1] = top / ((next & 0xfff) + 1); break;
      case 11: stack[sp - 2] = top % ((next & 0x3fff) + 3) + sp; break;
      case 12: stack[sp - 1] ^= stack[code[pc++] & 3] + 0x99; break;
      case 13: sp -= (top & 4) ? 1 : 0; stack[sp - 1] += 0x1234; break;
      default: return stack[sp - 1] + steps;
    }
  }
  return stack[sp - 1] ^ steps;
}

void amber_life(u8 *grid, u8 *next, u32 width, u32 height) {
  for (u32 y = 0; y < height; y++) {
    u32 up = (y + height - 1) % height * width, down = (y + 1) % height * width, here = y * width;
    for (u32 x = 0; x < width; x++) {
      u32 l = (x + width - 1) % width, r = (x + 1) % width;
      u32 n = grid[up + l] + grid[up + x] + grid[up + r] + grid[here + l] + grid[here + r];
      n += grid[down + l] + grid[down + x] + grid[down + r];
      next[here + x] = n == 3 || (n == 2 && grid[here + x]) || n == 7;
    }
  }
}

u32 amber_wolfram(u8 *row, u32 width, u32 rule, u32 rounds) {
  u32 population = 0;
  for (u32 k = 0; k < rounds; k++) {
    u32 before = row[width - 1], first = row[0];
    for (u32 i = 0; i < width; i++) {
      u32 after = i + 1 < width ? row[i + 1] : first;
      u32 pattern = before << 2 | (u32)row[i] << 1 | after;
      before = row[i];
      row[i] = (rule >> pattern) & 1;
      population += row[i] * (k + 1);
    }
  }
  return population;
}

u32 amber_shift_register(u32 state, u32 taps, u32 rounds) {
  u32 out = 0;
  for (u32 i = 0; i < rounds; i++) {
    u32 bit = state & 1;
    state >>= 1;
    if (bit) state ^= taps;
    out = (out << 1 | bit) ^ ((out >> 27) & 0x15);
  }
  return out ^ state * 3;
}

u32 amber_paging(const u8 *requests, u32 count, i32 *frames, u32 room) {
  u32 faults = 0;
  for (u32 i = 0; i < room; i++) {
    frames[2 * i] = -1;
    frames[2 * i + 1] = 0;
  }
  for (u32 i = 0; i < count; i++) {
    i32 page = requests[i] >> 3;
    u32 victim = 0;
    i32 oldest = 0x7fffffff;
    u32 hit = 0;
    for (u32 k = 0; k < room; k++) {
      if (frames[2 * k] == page) {
        frames[2 * k + 1] = (i32)i + 1;
        hit = 1;
        break;
      }
      if (frames[2 * k + 1] < oldest) {
        oldest = frames[2 * k + 1];
        victim = k;
      }
    }
    if (hit) continue;
    faults++;
    frames[2 * victim] = page;
    frames[2 * victim + 1] = (i32)i + 1;
  }
  return faults;
}

u32 amber_elevator(const u8 *tracks, u32 count, u8 *done, u32 head) {
  u32 moved = 0, left = count, up = 1;
  for (u32 i = 0; i < count; i++) done[i] = 0;
  while (left > 0) {
    u32 best = count, gap = 0xffffffff;
    for (u32 i = 0; i < count; i++) {
      if (done[i]) continue;
      if (up && tracks[i] >= head && tracks[i] - head < gap) {
        gap = tracks[i] - head;
        best = i;
      } else if (!up && tracks[i] <= head && head - tracks[i] < gap) {
        gap = head - tracks[i];
        best = i;
      }
    }
    if (best == count) {
      up ^= 1;
      moved += 3;
      continue;
    }
    done[best] = 1;
    head = tracks[best];
    moved += gap * 2 + 1;
    left--;
  }
  return moved;
}

u32 amber_turing(u8 *tape, u32 size, u32 rounds) {
  u32 head = size / 2, state = 0, steps = 0;
  while (steps < rounds) {
    u8 symbol = tape[head];
    steps++;
    if (state == 0) {
      tape[head] = symbol == 2 ? 1 : symbol + 1;
      state = symbol == 0 ? 1 : 2;
      head = head + 1 == size ? 0 : head + 1;
    } else if (state == 1) {
      tape[head] = symbol ? symbol - 1 : 2;
      state = symbol == 1 ? 0 : 3;
      head = head == 0 ? size - 1 : head - 1;
    } else if (state == 2) {
      tape[head] = symbol ^ 1;
      state = symbol > 1 ? 3 : 1;
      head = (head + 5) % size;
    } else {
      tape[head] = (u8)((symbol * 2 + 1) % 3);
      state = symbol & 1;
      head = (head + size - 7) % size;
    }
  }
  return head * 0x61 + state;
}

i32 amber_controller(i32 target, i32 *history, u32 rounds) {
  i32 value = 0, sum = 0, last = 0;
  for (u32 i = 0; i < rounds; i++) {
    i32 error = target - value;
    sum += error >> 3;
    if (sum > 4000) sum = 4000;
    if (sum < -4000) sum = -4000;
    i32 push = error * 5 + sum * 2 + (error - last) * 9;
    last = error;
    value += push / 16 - (value >> 5);
    history[i] = value;
  }
  return value;
}

u32 amber_robot(const u8 *program, u32 size, u8 *floor) {
  i32 x = 16, y = 16, dx = 1, dy = 0;
  u32 crumbs = 0;
  for (u32 i = 0; i < size; i++) {
    i32 t;
    switch (program[i] & 7) {
      case 0: case 5: t = dx; dx = -dy; dy = t; break;
      case 1: case 6: t = dx; dx = dy; dy = -t; break;
      case 2: x = (x + dx * 3) & 31; y = (y + dy * 3) & 31; break;
      case 3: crumbs += floor[y * 32 + x]; floor[y * 32 + x] = 0; break;
      default: x = (x + dx) & 31; y = (y + dy) & 31; floor[y * 32 + x] ^= (u8)i; break;
    }
  }
  return crumbs * 1024 + (u32)(y * 32 + x);
}

u64 amber_machine(Work *w, u64 seed) {
  u64 stack[32];
  u32 n = amber_assemble(w->bytes, seed | 0x1248);
  u64 sum = amber_interpret(w->bytes, n, stack);
  for (u32 i = 0; i < 1024; i++) w->bytes[i] = (amber_fold(i ^ (u32)seed) & 3) == 0;
  for (u32 k = 0; k < 6; k++) {
    amber_life(w->bytes, w->other, 32, 32);
    amber_life(w->other, w->bytes, 32, 32);
  }
  sum ^= amber_checksum(w->bytes, 1024);
  sum += amber_wolfram(w->bytes, 200, 110, 40);
  sum = sum * 3 + amber_shift_register((u32)seed | 1, 0xa3000014, 500);
  for (u32 i = 0; i < 400; i++) w->bytes[i] = (u8)(amber_fold(i * 3 + (u32)seed) >> 7);
  sum += amber_paging(w->bytes, 400, w->cells, 9);
  sum ^= (u64)amber_elevator(w->bytes, 100, w->other, 53) << 9;
  for (u32 i = 0; i < 300; i++) w->other[i] = (u8)(w->bytes[i] % 3);
  sum += amber_turing(w->other, 300, 3000);
  sum += (u64)amber_controller((i32)(seed & 0xfff), w->cells, 64);
  return sum ^ amber_robot(w->bytes, 400, w->other);
}
