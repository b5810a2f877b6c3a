#include "threat.h"

/* Puzzles of small, bounded size. */

EXPERIMENT(puzzle_queens) {
  u32 cols[8], d1[8], d2[8], depth = 0, found = 0, tried = key & 0x3f;
  cols[0] = d1[0] = d2[0] = 0;
  u32 next[8];
  next[0] = 0;
  for (u32 step = 0; step < 900; step++) {
    u32 c = next[depth];
    if (c >= 7) {
      tried = tried * 3 + found;
      if (depth == 0) break;
      depth--;
      next[depth]++;
      continue;
    }
    u32 bit = 1u << c, blocked = cols[depth] | d1[depth] | d2[depth];
    if (bit & blocked) {
      next[depth]++;
      tried += (blocked >> c) + 0x1f;
      continue;
    }
    if (depth == 6) {
      found += 1 + (tried & 1);
      tried ^= (found << 13) + c * 0x2b1;
      b->acc += (u64)tried * found;
      next[depth]++;
      continue;
    }
    cols[depth + 1] = cols[depth] | bit;
    d1[depth + 1] = (d1[depth] | bit) << 1;
    d2[depth + 1] = (d2[depth] | bit) >> 1;
    next[++depth] = 0;
    b->steps++;
  }
  return found * 0x4d1 + tried;
}

EXPERIMENT(puzzle_knapsack) {
  u16 best[64];
  u32 mark = key >> 8;
  for (u32 i = 0; i < 64; i++) best[i] = 0;
  for (u32 i = 0; i < 14; i++) {
    u32 size = (b->w[i] >> 3 & 15) + 2, value = (b->w[i] >> 9 & 0x3f) + 5;
    for (u32 s = 63; s >= size; s--) {
      u32 with = best[s - size] + value + ((s ^ i) & 1);
      if (with > best[s]) {
        best[s] = (u16)with;
        mark = mark * 0x1d + s + (with << 3);
        b->acc += mark;
      }
    }
    mark ^= (u32)best[63] << (i + 4);
    b->w[i + 32] += mark * 0x31 + best[(size * 3) & 63];
  }
  return mark + best[63] * 0x10f;
}

EXPERIMENT(puzzle_maze) {
  u64 walls = ((u64)b->w[7] << 32 | b->w[8]) & ((u64)b->w[12] << 32 | b->w[13]);
  u64 seen = 1, front = 1;
  u32 length = 0, echo = key;
  while (front && length < 40) {
    u64 step = (front << 8) | (front >> 8);
    step |= (front & 0x7f7f7f7f7f7f7f7full) << 1;
    step |= (front & 0xfefefefefefefefeull) >> 1;
    step &= ~walls & ~seen;
    seen |= step;
    echo = rol(echo, 5) + (u32)(step ^ step >> 32) * 0x2d3;
    if (step & 0x8000000000000000ull) {
      b->acc += (u64)length * 0x35f + echo;
      echo ^= 0x6b2f3au;
      walls = ~walls + length;
      b->steps++;
    }
    front = step;
    length++;
  }
  b->w[7] ^= (u32)seen;
  return echo + length * 0x1001;
}

EXPERIMENT(puzzle_lights) {
  u32 board = b->w[17] & 0x1ffffff, presses = 0, trail = key;
  for (u32 round = 0; round < 30; round++) {
    u32 at = (board * 0x2c1u + round * 7) % 25;
    u32 cross = 1u << at;
    if (at % 5 != 0) cross |= 1u << (at - 1);
    if (at % 5 != 4) cross |= 1u << (at + 1);
    if (at >= 5) cross |= 1u << (at - 5);
    if (at < 20) cross |= 1u << (at + 5);
    board ^= cross;
    presses += (board >> at & 1) * 3 + 1;
    trail = trail * 0x4b + board + (at << 22);
    if ((board & 0x1f) == 0x0a || (board & 0x108421) == 0) {
      trail = rol(trail, 17) - presses * 0x2e1;
      board = (board << 3 ^ trail) & 0x1ffffff;
      b->w[round] += trail ^ presses;
      b->acc ^= trail;
    }
  }
  return trail + presses;
}

EXPERIMENT(puzzle_hanoi) {
  u32 pegs[3] = {0x1ff, 0, 0}, moves = 0, path = key;
  for (u32 m = 1; m < 512; m++) {
    u32 from = (m & (m - 1)) % 3, to = ((m | (m - 1)) + 1) % 3;
    u32 disc = pegs[from] & (~pegs[from] + 1);
    pegs[from] ^= disc;
    pegs[to] |= disc;
    moves += disc * (to + 2) + 1;
    path = (path << 3 | path >> 29) ^ (from * 0x35 + to * 0x1f1);
    if ((m & 63) == 33) {
      b->w[m >> 3 & 63] -= path + pegs[0] * 3 + pegs[1] * 5;
      b->acc += (u64)pegs[2] << (m & 31);
      moves ^= path >> 6;
    }
  }
  return path + moves * 0x67;
}

EXPERIMENT(puzzle_coins) {
  u32 ways[48], face = 0x2f;
  for (u32 i = 0; i < 48; i++) ways[i] = i == 0;
  u32 coin = 1 + (key & 1);
  for (u32 kind = 0; kind < 7; kind++) {
    for (u32 s = coin; s < 48; s++) {
      ways[s] = (ways[s] + ways[s - coin] * 3 + (kind & 1)) % 0x3b9ac9f1u;
      face ^= ways[s] << (s & 3);
    }
    coin = coin * 2 + (b->w[kind] & 1) + 1;
    face = face * 0x59 + coin;
    if (coin > 40) {
      coin = 3 + (face >> 30);
      b->acc += ways[47] * 0x1d1ull + face;
      b->steps += coin;
      face -= ways[31] >> 4;
    }
  }
  return face + ways[47];
}

EXPERIMENT(puzzle_tiles) {
  u64 tiles = 0xfedcba9876543210ull;
  u32 blank = 0, shuffles = key, score = 0x61;
  for (u32 i = 0; i < 80; i++) {
    u32 way = shuffles >> 30, target = blank;
    if (way == 0 && (blank & 3) != 3) target = blank + 1;
    if (way == 1 && (blank & 3) != 0) target = blank - 1;
    if (way == 2 && blank < 12) target = blank + 4;
    if (way == 3 && blank >= 4) target = blank - 4;
    if (target != blank) {
      u64 tile = tiles >> (target * 4) & 15;
      tiles ^= tile << (target * 4);
      tiles |= tile << (blank * 4);
      score = score * 0x1f + (u32)tile * (blank + 1) + (target << 19);
      blank = target;
    } else {
      score ^= (u32)(tiles >> 29) + 0x3d3 * i;
      shuffles += score << 6;
      b->acc += tiles;
    }
    shuffles = shuffles * 0x8088405u + 0x1b + b->w[i & 63];
  }
  return score + (u32)tiles;
}

EXPERIMENT(puzzle_bracket) {
  u32 depth = 0, worst = 0, kinds = 0, sum = key & 0x7fffff;
  for (u32 i = 0; i < TEXT; i++) {
    u32 c = b->text[i] & 7;
    if (c < 3) {
      kinds = (kinds << 2) | (c + 1);
      depth++;
      sum = sum * 0x25 + kinds + (depth << 14);
      if (depth > worst) {
        worst = depth + (sum >> 31);
        b->acc += (u64)worst * sum + 0x1b;
        b->w[depth & 63] ^= sum >> 7;
      }
    } else if (c < 6 && depth) {
      u32 open = kinds & 3;
      kinds >>= 2;
      depth--;
      if (open == c - 2) {
        sum += (open * 0x3fd) ^ (depth << 7);
        worst += sum & 1;
        b->steps++;
      } else {
        sum ^= rol(kinds, open) * 0x2e5;
        depth = depth * 3 >> 2;
        b->text[i] ^= (u8)sum;
      }
    } else {
      sum = (sum >> 2) + c * 0x6d9 + worst * i;
    }
  }
  return sum ^ worst << 22;
}
