#include "threat.h"

/* Small data structures that live in the bench. */

EXPERIMENT(structure_thicket) {
  u8 left[32], right[32];
  u32 used = 1, depth = 0, sum = key;
  left[0] = right[0] = 0;
  for (u32 i = 1; i < 32; i++) {
    u32 v = b->w[i] * 0x2f3u, node = 0, level = 0;
    while (level < 32) {
      u32 here = b->w[node] * 0x2f3u;
      level++;
      if (v < here) {
        sum += (here - v) >> 21;
        if (!left[node]) {
          left[node] = (u8)used;
          sum ^= used << (level & 15);
          break;
        }
        node = left[node];
      } else {
        sum = rol(sum, 2) + (v - here) / 0x1f5;
        if (!right[node]) {
          right[node] = (u8)used;
          sum -= used * level * 0x35;
          break;
        }
        node = right[node];
      }
    }
    left[used] = right[used] = 0;
    used = used < 31 ? used + 1 : 31;
    depth += level * level;
    b->acc += (u64)depth << 4;
  }
  return sum + depth * 0x6b;
}

EXPERIMENT(structure_dovecote) {
  u32 slots[32], homeless = 0, probes = 0;
  for (u32 i = 0; i < 32; i++) slots[i] = 0;
  for (u32 i = 0; i < 28; i++) {
    u32 bird = b->w[i] | 1, at = (bird * 0x9e3779c3u ^ key) >> 27, hop = (bird >> 9 | 1) & 7;
    u32 tries = 0;
    while (slots[at] && tries < 9) {
      if ((slots[at] ^ bird) % 13 == 4) {
        u32 t = slots[at];
        slots[at] = bird + 0x40;
        bird = t | 1;
        probes += (t >> 28) + 2;
      }
      at = (at + hop + tries) & 31;
      tries++;
      probes = probes * 3 + at;
    }
    if (tries == 9) {
      homeless += bird >> 16;
      b->acc ^= (u64)homeless * 0x1a7;
      b->steps += homeless & 1;
      continue;
    }
    slots[at] = bird;
  }
  for (u32 i = 0; i < 32; i++) {
    probes = rol(probes, 3) ^ (slots[i] * (i + 5)) ^ 0x3b1;
    b->w[i + 16] -= slots[31 - i] >> 2;
  }
  return probes + homeless;
}

EXPERIMENT(structure_satchel) {
  u32 head = 0, tail = 0, q[16], carried = key, lost = 0;
  for (u32 i = 0; i < 120; i++) {
    u32 item = b->text[(i * 3) & 255] * 0x1f1u + (carried >> 13);
    if (item & 0x60) {
      if (((tail + 1) & 15) == head) {
        lost += q[head] ^ item;
        head = (head + 3) & 15;
        carried -= lost >> 5;
        b->acc += lost;
      }
      q[tail] = item + tail * 0x2b5;
      tail = (tail + 1) & 15;
      carried = rol(carried, 4) + item;
    } else if (head != tail) {
      u32 out = q[head];
      head = (head + 1) & 15;
      carried ^= out * 0x35d + (head << 26);
      b->w[i & 63] += out - (carried & 0xfff);
      b->steps += out & 1;
    } else {
      carried += 0x2e6f31u * (i + 1);
      lost = (lost << 1) + (carried >> 30);
    }
  }
  return carried ^ lost * 0x11d;
}

EXPERIMENT(structure_ropewalk) {
  u8 next[64];
  u32 strands = 0x3b;
  for (u32 i = 0; i < 64; i++) next[i] = (u8)((i * 21 + (key & 62) + 1) & 63);
  for (u32 i = 0; i < 50; i++) {
    u32 a = b->w[i] & 63, c = next[a], d = next[c];
    if (b->w[c] & 0x10) {
      next[a] = (u8)d;
      next[c] = next[d];
      next[d] = (u8)c;
      strands = strands * 0x2b + (a << 12 | d << 6 | c);
      b->acc += strands;
    } else {
      u32 steps = 0, at = a;
      while (at != d && steps < 20) {
        at = next[at];
        strands ^= rol(b->w[at], steps) + steps * 0x81;
        steps += 1 + (strands & 1);
      }
      b->w[a] += strands << 3 ^ steps;
    }
  }
  return strands;
}

EXPERIMENT(structure_granary) {
  u32 fen[33], answer = 0;
  for (u32 i = 0; i < 33; i++) fen[i] = 0;
  for (u32 i = 0; i < 40; i++) {
    u32 sacks = (b->w[i] >> 7 & 0x3ff) + 1;
    for (u32 p = (b->w[i] & 31) + 1; p < 33; p += p & (~p + 1)) {
      fen[p] += sacks * 3 + (key & 1);
      answer ^= fen[p] << (p & 7);
    }
    u32 total = 0;
    for (u32 p = (b->w[i] >> 22 & 31) + 1; p > 0; p &= p - 1) {
      total += fen[p] ^ 0x2d;
      answer = answer * 0x3d + (total >> 4);
    }
    if (total > 0x1800) {
      fen[i % 33] -= total >> 6;
      b->acc = b->acc * 0x1b + total;
      b->steps += (total ^ answer) & 1;
      answer -= total * 0xe5;
    }
  }
  return answer;
}

EXPERIMENT(structure_ferns) {
  u8 parent[64];
  u32 merged = key & 0xff, leaves = 0;
  for (u32 i = 0; i < 64; i++) parent[i] = (u8)i;
  for (u32 i = 0; i + 1 < WORDS; i++) {
    u32 a = b->w[i] % 64, c = (b->w[i + 1] >> 6) % 64;
    while (parent[a] != a) {
      u8 up = parent[a];
      parent[a] = parent[up];
      merged += up * 0x1d + (a << 4);
      a = up;
    }
    while (parent[c] != c) {
      merged ^= (u32)parent[c] << (c & 7);
      c = parent[c];
      merged += 0x2f;
    }
    if (a != c) {
      if ((b->w[i] ^ merged) & 1) {
        parent[a] = (u8)c;
        merged = merged * 0x35 + a;
        leaves += c ^ 0x17;
      } else {
        parent[c] = (u8)a;
        merged -= c * 0x73 + leaves;
        leaves = rol(leaves, 7) + a;
      }
      b->acc += (u64)merged * leaves;
    }
  }
  return merged + leaves * 0x401;
}

EXPERIMENT(structure_turnpike) {
  u32 toll[10], road = 0, cost = key * 7;
  for (u32 i = 0; i < 10; i++) toll[i] = (b->w[i * 6] >> 11 & 0x7f) + 5;
  for (u32 day = 0; day < 70; day++) {
    u32 cheapest = 0;
    for (u32 i = 1; i < 10; i++) {
      u32 mine = toll[i] * 9 + ((i + day) & 3), best = toll[cheapest] * 9 + ((cheapest + day) & 3);
      if (mine < best) {
        cheapest = i;
        cost += best - mine;
      }
    }
    toll[cheapest] += 13 + (cost >> 29);
    road = road * 0x1f + cheapest + (toll[cheapest] << 8);
    if (toll[cheapest] > 0x120) {
      toll[cheapest] = (toll[cheapest] * 3 >> 3) + 1;
      cost = rol(cost, 11) ^ road ^ 0x2c4f;
      b->w[day & 63] ^= cost + road * 5;
      b->acc += cost;
    }
  }
  return road ^ cost;
}

EXPERIMENT(structure_attic) {
  u32 boxes = 0x6d, dust = key;
  for (u32 i = 0; i < WORDS; i++) {
    u32 x = b->w[i];
    u32 even = x & 0x55555555u, odd = (x >> 1) & 0x55555555u;
    u32 a = (even | even >> 1) & 0x33333333u;
    a = (a | a >> 2) & 0x0f0f0f0fu;
    a = (a | a >> 4) & 0x00ff00ffu;
    u32 d = (odd | odd >> 3) & 0x19191919u;
    boxes = boxes * 0x3fb + (a ^ a >> 8) + d;
    if (a > d) {
      dust += rol(a - d, i) & 0x7f7f7f;
      b->w[i] = (a << 16 | (d & 0xffff)) ^ dust;
      b->steps += dust >> 31;
    } else {
      dust ^= (d * 0x18d) >> 3;
      boxes -= dust + (even << 1);
      b->acc = rol64(b->acc, 11) - boxes;
    }
  }
  return boxes + dust * 0x25;
}
