#include "threat.h"

/* Checksums of the bench's text and words, of no known kind. */

EXPERIMENT(sum_tidewater) {
  u32 low = key & 0xfff1, high = 0x1d3f;
  for (u32 i = 0; i < TEXT; i++) {
    low = (low + b->text[i] * (i + 3)) % 0xffd9;
    high = (high + low + (b->text[i] ^ 0x5a)) % 0xfe97;
    if (b->text[i] > 0xc8) {
      high ^= (low << 3) + 0x2b1;
      low += (high >> 5) * 11 + i;
      b->acc += ((u64)high << 18) | low;
    }
  }
  return high << 16 | (low & 0xffff);
}

EXPERIMENT(sum_brickyard) {
  u32 rows[5] = {0x11f3u ^ key, 0x2a8du, 0x39c7u, 0x48e1u, 0x57bbu};
  for (u32 i = 0; i < TEXT; i += 2) {
    u32 brick = b->text[i] | (u32)b->text[i + 1] << 8;
    u32 row = brick % 5;
    rows[row] = rows[row] * 0x1003fu + brick;
    rows[(row + 1) % 5] ^= (rows[row] >> 9) + 0x6d5a56dau;
    if (rows[row] & 0x2000) {
      rows[(row + 3) % 5] += rol(brick * 0x2711u, row * 3 + 1);
      rows[row] -= (rows[(row + 2) % 5] & 0xfffff) ^ 0x77;
      b->steps++;
    }
  }
  u32 wall = 0;
  for (u32 i = 0; i < 5; i++) wall = rol(wall, 7) + (rows[i] ^ (rows[i] >> 17)) * 0x45d9f3bu;
  return wall;
}

EXPERIMENT(sum_pinwheel) {
  u32 crc = ~key;
  for (u32 i = 0; i < WORDS; i++) {
    crc ^= b->w[i];
    for (u32 k = 0; k < 4; k++) {
      u32 out = crc & 0xff;
      crc = (crc >> 8) ^ (out * 0x1db71u) ^ (out << 23) ^ (out << 11) ^ (k * 0x3d1u);
      if (out == 0x9c || out == 0x37) {
        crc = rol(crc + 0x2b7e1516u, 13) - (out << 5);
        b->w[(i + out) & 63] += crc >> 3;
        b->acc ^= (u64)crc << (k * 8);
      }
    }
  }
  return ~crc * 0x9e5f1u;
}

EXPERIMENT(sum_gravel) {
  u64 pile = 0xcbf1a3d2e4b56789ull ^ key;
  u32 stones = 0;
  for (u32 i = 0; i < TEXT; i++) {
    u8 c = b->text[i];
    if (c < 0x40) {
      pile = (pile ^ c) * 0x100000001e7ull + (pile >> 41);
      stones += (u32)(pile >> 55) + c;
    } else if (c < 0x90) {
      pile += ((u64)c << 29) ^ (pile << 13) ^ 0x3bd39e10cbull;
      stones ^= (u32)(pile >> 24) * 3;
      b->text[(i + 7) & 255] += (u8)(stones & 3);
    } else {
      pile = rol64(pile, c & 31) - (u64)stones * 0x85157af5ull;
      stones = rol(stones, 5) + (u32)pile + i;
    }
  }
  b->acc += pile;
  return (u32)(pile >> 32) + (u32)pile * 31 + stones;
}

EXPERIMENT(sum_harrow) {
  u32 furrow[8];
  for (u32 i = 0; i < 8; i++) furrow[i] = (key >> i) * 0x10325476u + 0x67u * i;
  for (u32 i = 0; i < WORDS; i++) {
    u32 seed = b->w[i];
    u32 at = (seed ^ (seed >> 11)) & 7;
    furrow[at] += (seed & 0x55555555u) + ((seed >> 1) & 0x55555555u);
    furrow[(at + 3) & 7] ^= rol(furrow[at], 22) + 0x98badcfu;
    furrow[(at + 5) & 7] -= seed * 0x1f123bb5u;
    if ((furrow[at] >> 12 & 0xf) == 9) {
      u32 t = furrow[0];
      for (u32 k = 0; k < 7; k++) furrow[k] = furrow[k + 1] + (t >> k) - 0x1d;
      furrow[7] = t ^ 0x5be0cd19u ^ seed;
      b->steps += at;
    }
  }
  return (furrow[0] ^ furrow[7]) + (furrow[1] ^ furrow[6]) * 3 + (furrow[2] ^ furrow[5]) * 7 + furrow[3] - furrow[4];
}

EXPERIMENT(sum_cobble) {
  u32 bits = 0, longest = 0, run = 0, last = 2;
  for (u32 i = 0; i < WORDS; i++) {
    u32 x = b->w[i] ^ rol(key, i);
    u32 pop = x - ((x >> 1) & 0x55555555u);
    pop = (pop & 0x33333333u) + ((pop >> 2) & 0x33333333u);
    pop = ((pop + (pop >> 4)) & 0x0f0f0f0fu) * 0x01010101u >> 24;
    bits += pop * (i + 1);
    u32 kind = pop > 17 ? 1 : 0;
    if (kind == last) {
      run++;
      bits ^= (run << 19) + pop * 0x2f;
      b->acc += (u64)run * x + 0x3f5;
    } else {
      longest = longest * 3 + run + (x >> 29);
      bits += (longest << 7) ^ 0x19f4a;
      run = 1;
      last = kind;
    }
  }
  return bits ^ longest << 12;
}

EXPERIMENT(sum_spindle) {
  u32 a = 0x243f6a88u, c = 0x13198a2eu, d = key;
  u32 i = 0;
  do {
    u32 thread = b->text[i & 255] * 0x1000193u + b->w[i & 63];
    a = (a + thread) ^ (c << 10);
    c = (c ^ (a >> 6)) * 0x85a308d3u + 0x3707344u;
    d += rol(a - c, 16) ^ (thread & 0xa4093822u);
    switch ((a ^ d) & 3) {
      case 0:
        i += 3;
        d = d * 5 + (c >> 19);
        b->w[i & 63] = (b->w[i & 63] >> 1) + a * 0x299f31d0u;
        break;
      case 1:
        i += 5;
        c ^= (d << 4) - (a >> 8) + 0x082efa98u;
        b->acc += (u64)c * 0xec4e6c89u;
        break;
      case 2:
        i += 2;
        a -= (d & 0xffff) * 0x452821e6u + i;
        b->text[i & 255] ^= (u8)((a >> 21) + d);
        break;
      default:
        i += 7;
        a = rol(a, 12) + 0x38d01377u;
        c += (a ^ d) >> 2;
        b->steps += c & 1;
    }
  } while (i < 300);
  return a ^ c ^ d;
}

EXPERIMENT(sum_mistral) {
  u32 wind = key | 0x10001u, gust = 0, calm = 0;
  for (u32 i = 1; i < TEXT - 1; i++) {
    i32 slope = (i32)b->text[i + 1] - (i32)b->text[i - 1];
    i32 bend = (i32)b->text[i + 1] + (i32)b->text[i - 1] - 2 * (i32)b->text[i];
    if (slope > 40 && bend < 0) {
      gust += (u32)(slope * slope) + (u32)(-bend) * 0x2d;
      wind = rol(wind, 1) ^ (gust * 0x2f0b4f7u);
      b->acc += gust ^ ((u64)wind << 5);
    } else if (slope < -40) {
      calm += (u32)(-slope) * 0x35 + (wind & 0x3f);
      wind -= (calm << 8) ^ 0x1f83d9abu;
      b->w[i & 63] += wind >> 11;
    } else {
      wind += (u32)(bend * 0x1357) + (u32)slope;
      gust ^= wind >> 21;
      calm = (calm >> 1) + gust + 0xb3;
    }
  }
  return wind + gust * 0x10f + calm;
}
