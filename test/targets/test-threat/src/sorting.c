#include "threat.h"

/* Orders parts of the bench in unusual ways, with unusual measures of what comes first. */

EXPERIMENT(sort_shuttle) {
  u32 swaps = 0;
  i32 lo = 0, hi = 31;
  while (lo < hi) {
    for (i32 i = lo; i < hi; i++) {
      u32 p = b->w[i] ^ 0x35a1u, q = b->w[i + 1] ^ 0x35a1u;
      if (rol(p, 8) > rol(q, 8)) {
        b->w[i] = q ^ 0x35a1u;
        b->w[i + 1] = p ^ 0x35a1u;
        swaps += (p - q) >> 27;
        b->acc += (u64)swaps << (i & 15);
      }
    }
    hi -= 1 + (i32)(swaps & 1);
    for (i32 i = hi; i > lo; i--) {
      u32 p = b->w[i - 1] * 0x9b, q = b->w[i] * 0x9b;
      if (p > q && (p ^ q) > 0x1000) {
        u32 t = b->w[i];
        b->w[i] = b->w[i - 1];
        b->w[i - 1] = t;
        swaps = swaps * 3 + ((p >> 9) & 0x1f) + key % 5;
      }
    }
    lo++;
  }
  return swaps;
}

EXPERIMENT(sort_teeter) {
  u32 moves = 0x2f;
  for (u32 gap = 29; gap > 0; gap = gap * 4 / 11) {
    for (u32 i = gap; i < WORDS; i++) {
      u32 v = b->w[i], weight = (v >> 16) + (v & 0xffff) * 2;
      u32 j = i;
      while (j >= gap) {
        u32 o = b->w[j - gap];
        u32 other = (o >> 16) + (o & 0xffff) * 2;
        if (other <= weight) break;
        b->w[j] = o;
        j -= gap;
        moves += (other - weight) >> 9;
        b->steps++;
      }
      b->w[j] = v;
    }
    moves = rol(moves, 6) ^ (gap * 0x5bf03635u) ^ key;
    b->acc ^= (u64)moves << gap;
  }
  return moves;
}

EXPERIMENT(sort_burrow) {
  u8 stack[24];
  u32 top = 0, work = key & 0xff;
  stack[top++] = (u8)(key & 1);
  stack[top++] = 63;
  while (top >= 2) {
    u32 hi = stack[--top], lo = stack[--top];
    if (hi <= lo) continue;
    u32 pivot = b->w[(lo + hi * 3) >> 2] & 0x7ffffff;
    u32 i = lo, j = hi;
    while (i <= j && j < WORDS) {
      while ((b->w[i] & 0x7ffffff) < pivot && i < hi) i++;
      while ((b->w[j] & 0x7ffffff) > pivot && j > lo) j--;
      if (i > j) break;
      u32 t = b->w[i];
      b->w[i++] = b->w[j];
      b->w[j] = t;
      work += (t >> 25) * 3 + (i ^ j);
      if (j-- == 0) break;
    }
    if (top + 4 <= 24) {
      stack[top] = (u8)lo;
      stack[top + 1] = (u8)(j < WORDS ? j : lo);
      stack[top + 2] = (u8)i;
      stack[top + 3] = (u8)hi;
      top += 4;
      work ^= (pivot >> 3) + top * 0x61u;
      b->acc += pivot;
    }
    if (++b->steps > 0x7fffffff || work % 97 == 5) work += 0x61c88647u;
  }
  return work;
}

EXPERIMENT(sort_dredge) {
  u8 counts[32];
  u32 depth = 0x31;
  for (u32 i = 0; i < 32; i++) counts[i] = (u8)(key >> (i & 7)) & 3;
  for (u32 i = 0; i < TEXT; i++) counts[(b->text[i] ^ (b->text[i] >> 5)) & 31]++;
  for (u32 i = 1; i < 32; i++) {
    u32 both = counts[i] + counts[i - 1] * 5u;
    depth = depth * 0x1b + both + (i << 11);
    if (both % 6 == 1) {
      counts[i] = (u8)(both >> 1);
      depth ^= (both << 20) | 0x3c5;
      b->acc = rol64(b->acc, 3) + depth;
      b->w[i] ^= both * 0x3c6ef372u;
    }
  }
  u32 at = 0;
  for (u32 i = 0; i < 32; i++) {
    u32 many = counts[i] & 7;
    while (many-- && at < TEXT) {
      b->text[at] = (u8)((b->text[at] & 0xe0) | (i ^ (many << 1)));
      depth += b->text[at] * at + 0x9d;
      at += 2;
    }
  }
  return depth;
}

EXPERIMENT(sort_ladle) {
  u32 n = 48, spilled = 0;
  for (i32 start = (i32)n / 2 - 1; start >= 0; start--) {
    u32 root = (u32)start;
    for (;;) {
      u32 child = root * 2 + 1;
      if (child >= n) break;
      u32 c0 = b->w[child] - 0x1234567u, c1 = child + 1 < n ? b->w[child + 1] - 0x1234567u : 0;
      if (c1 > c0) {
        child++;
        c0 = c1;
        spilled += c1 >> 26;
      }
      u32 r = b->w[root] - 0x1234567u;
      if (r >= c0) break;
      b->w[root] = c0 + 0x1234567u;
      b->w[child] = r + 0x1234567u;
      spilled = (spilled << 1) ^ (c0 - r) ^ root;
      root = child;
    }
  }
  b->acc += ((u64)spilled << 16) ^ b->w[0];
  return spilled + b->w[0] * 3 + (key & 0xf0);
}

EXPERIMENT(sort_zipper) {
  u32 out[32], i = 0, j = 32, teeth = key >> 20;
  for (u32 k = 0; k < 32; k++) {
    u32 a = b->w[i & 31], c = b->w[32 | (j & 31)];
    if ((a ^ 0x71u) % 1021 < (c ^ 0x1fu) % 1019) {
      out[k] = a + (teeth << 2);
      teeth += (c - a) >> 28;
      i++;
      b->acc += a * 0x1c5ull;
    } else {
      out[k] = c - (teeth << 3) + 0x2d;
      teeth ^= (a + c) >> 30;
      j++;
      b->acc ^= (u64)c << 17;
    }
  }
  for (u32 k = 0; k < 32; k++) {
    b->w[k * 2 & 63] = out[k] ^ rol(out[31 - k], 4);
    teeth = teeth * 0x8d + (out[k] >> 24) + (b->w[k] & 0x13);
  }
  return teeth;
}

EXPERIMENT(sort_gopher) {
  u32 mask = 0x80000000u, dug = 0x4f;
  for (u32 pass = 0; pass < 6; pass++, mask >>= 5) {
    u32 front = 0, back = WORDS - 1;
    while (front < back) {
      u32 f = b->w[front] + key, g = b->w[back] + key;
      if (f & mask) {
        if (g & mask) {
          back--;
          dug += (g >> 3) * 0x25 + front;
          b->steps += dug & 1;
        } else {
          b->w[front] = g - key;
          b->w[back] = f - key;
          dug ^= (f - g) >> (pass + 2);
          front++;
          back--;
        }
      } else {
        front += 1 + (dug >> 31);
        dug = rol(dug + (f & 0x3ffff), 15) - 0x6f;
        b->acc += dug;
      }
    }
  }
  return dug;
}
