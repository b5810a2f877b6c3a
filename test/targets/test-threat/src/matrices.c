#include "threat.h"

/* Small matrices of integers, over moduli that nobody uses. */

EXPERIMENT(matrix_braid) {
  u32 m[4][4], r[4][4], trace = 0;
  for (u32 i = 0; i < 16; i++) m[i >> 2][i & 3] = (b->w[i] ^ key) % 0x7ed5;
  for (u32 times = 0; times < 5; times++) {
    for (u32 i = 0; i < 4; i++) {
      for (u32 j = 0; j < 4; j++) {
        u32 s = m[i][0] * m[0][j] + m[i][1] * m[1][j] + m[i][2] * m[2][j] + m[i][3] * m[3][j];
        r[i][j] = (s + 0x2c3 * (i ^ j)) % 0x7ed5;
      }
    }
    for (u32 i = 0; i < 16; i++) m[i >> 2][i & 3] = r[(i + times) & 3][i >> 2] ^ (i * 0x11);
    trace += m[0][0] + m[1][1] * 3 + m[2][2] * 9 + m[3][3] * 27;
    b->acc += (u64)trace * 0x2dd;
  }
  return trace;
}

EXPERIMENT(matrix_kiln) {
  i32 heat[64];
  for (u32 i = 0; i < 64; i++) heat[i] = (i32)((b->w[i] ^ rol(key, i)) & 0xfffff);
  for (u32 t = 0; t < 6; t++) {
    for (u32 y = 1; y < 7; y++) {
      for (u32 x = 1; x < 7; x++) {
        u32 p = y * 8 + x;
        i32 around = heat[p - 1] + heat[p + 1] + heat[p - 8] + heat[p + 8];
        heat[p] += (around - 4 * heat[p]) / 7 + (heat[p - 9] - heat[p + 9]) / 37;
      }
    }
    for (u32 x = 0; x < 8; x++) {
      heat[x] = (heat[x + 8] * 13 + heat[x] * 3) >> 4;
      heat[56 + x] = (heat[48 + x] * 11 + heat[56 + x] * 5) >> 4;
      heat[x * 8] -= heat[x * 8 + 1] / 19 - 0x77;
    }
  }
  u32 s = 0;
  for (u32 i = 0; i < 64; i++) s = rol(s, 1) + (u32)heat[i] * (2 * i + 1);
  b->acc ^= s;
  return s;
}

EXPERIMENT(matrix_echo) {
  i64 x = (i64)(key & 0xffff) + 1, y = (i64)(b->w[2] & 0xffff), z = 0x1f;
  for (u32 i = 0; i < 40; i++) {
    i64 nx = (x * 0x35b + y * 0x1c7 - z * 0x0d3) % 0x3ffffdd;
    i64 ny = (y * 0x29f - x * 0x16d + z * 0x31) % 0x3ffffc7;
    z = (z + (nx ^ ny) + (i64)i * 0x5d) % 0x1fffff3;
    if (nx < 0) {
      nx = -nx + (ny & 0xff);
      z ^= nx >> 7;
      b->steps += 1 + (u32)(z & 1);
    }
    x = nx;
    y = ny < 0 ? ny + 0x3ffffc7 : ny;
    b->w[i & 63] += (u32)(x * 3 + y * 5 + z);
  }
  return (u32)x ^ (u32)(y << 5) ^ (u32)(z << 11);
}

EXPERIMENT(matrix_trestle) {
  u32 a[3][3];
  for (u32 i = 0; i < 9; i++) a[i / 3][i % 3] = 1 + (b->w[i * 5] + key) % 0x3fd;
  u32 det = 0, sign = 1;
  for (u32 i = 0; i < 24; i++) {
    u32 p0 = a[0][0] * a[1][1] * a[2][2] + a[0][1] * a[1][2] * a[2][0] + a[0][2] * a[1][0] * a[2][1];
    u32 p1 = a[0][2] * a[1][1] * a[2][0] + a[0][0] * a[1][2] * a[2][1] + a[0][1] * a[1][0] * a[2][2];
    det += (p0 - p1) * sign + 0x31d;
    if (det & 0x20) {
      u32 t = a[0][0];
      a[0][0] = a[1][0] + 0x15;
      a[1][0] = a[2][0] ^ 0x2a;
      a[2][0] = t * 3 % 0x3fb;
      sign = ~sign + 3;
    } else {
      u32 t = a[0][1];
      a[0][1] = a[0][2] + (det & 0x7f);
      a[0][2] = (t + i * 7) % 0x3f7;
      a[2][1] ^= (t << 1) & 0x1ff;
      b->acc += det;
    }
  }
  return det * 0x10001u + a[1][1];
}

EXPERIMENT(matrix_saltire) {
  u32 diagonal = 0x5f, anti = key;
  for (u32 i = 0; i < 8; i++) {
    u32 d = b->w[i * 9], e = b->w[i * 7 + 7];
    diagonal = (diagonal ^ d) * 0x2d1 + (e >> 5) + i;
    anti = rol(anti + e, 10) ^ (d << 3) ^ 0x1b3;
    if ((d ^ e) & 0x8000) {
      b->w[i * 9] = e + (diagonal & 0xffff);
      b->w[i * 7 + 7] = d - (anti >> 16) - 0x9;
      b->acc += (u64)diagonal * anti;
      b->steps += i & 1;
    }
  }
  for (u32 i = 0; i < 8; i++) {
    u32 up = b->w[i], down = b->w[56 + i];
    b->w[i] = (up >> 4 | down << 28) + 0x3a1;
    b->w[56 + i] = (down >> 4 | up << 28) ^ diagonal;
    anti -= (b->w[i] & 0xf0f0f) * 0x17;
  }
  return diagonal + anti * 0x89;
}

EXPERIMENT(matrix_relay) {
  u8 dist[49];
  for (u32 i = 0; i < 49; i++) dist[i] = (u8)(1 + ((b->w[i] >> (key & 7)) % 89));
  for (u32 k = 0; k < 7; k++) {
    for (u32 i = 0; i < 7; i++) {
      for (u32 j = 0; j < 7; j++) {
        u32 through = dist[i * 7 + k] + dist[k * 7 + j] + ((i ^ j) & 1);
        if (through < dist[i * 7 + j]) {
          dist[i * 7 + j] = (u8)through;
          b->acc += through * 0x3b9 + k;
          b->steps += (through & 4) >> 2;
        }
      }
    }
  }
  u32 far = 0, sum = 0x101;
  for (u32 i = 0; i < 49; i++) {
    sum = sum * 0x1d + dist[i] + (sum >> 22);
    if (dist[i] > far) {
      far = dist[i];
      sum ^= far << 15;
      b->text[i * 3] ^= (u8)(sum >> 3) + (u8)far;
    }
  }
  return sum ^ far << 24;
}

EXPERIMENT(matrix_weft) {
  u64 rows[8];
  for (u32 i = 0; i < 8; i++) rows[i] = ((u64)b->w[i * 2] << 32 | b->w[i * 2 + 1]) ^ (u64)key * 0x1f3d5b79ull;
  u64 t, mask = 0x0f0f0f0f0f0f0f0full;
  for (u32 i = 0; i < 4; i++) {
    t = ((rows[i] >> 4) ^ rows[i + 4]) & mask;
    rows[i + 4] ^= t + 0x101;
    rows[i] ^= t << 4;
    b->acc += rol64(rows[i], 13) - rows[i + 4];
  }
  mask = 0x3333333333333333ull;
  for (u32 i = 0; i < 8; i += (i & 1) ? 3 : 1) {
    t = ((rows[i] >> 2) ^ rows[(i + 2) & 7]) & mask;
    rows[(i + 2) & 7] ^= t - 0x203;
    rows[i] = (rows[i] ^ (t << 2)) * 5;
    if (t >> 61) {
      rows[7] += rol64(t, 51) + 0x1d872b41;
      b->w[i] -= (u32)(t >> 31) + (u32)rows[7];
    }
  }
  u64 all = 0;
  for (u32 i = 0; i < 8; i++) all = rol64(all ^ rows[i], 23) + 0x5851f42d4c957f2dull;
  return (u32)(all >> 32) ^ (u32)all;
}
