/* Amber, part 2: codecs: run lengths, sliding window, base 85 and 32, variable-length integers, move to front. */
#include "amber.h"

u32 amber_runs_pack(const u8 *in, u32 size, u8 *out, u32 room) {
  u32 n = 0, i = 0;
  while (i < size && n + 2 < room) {
    u32 run = 1;
    while (i + run < size && run < 0x7e && in[i + run] == in[i]) run++;
    if (run >= 3 || in[i] >= 0xf0) {
      out[n++] = (u8)(0xf0 | (run & 15));
      out[n++] = (u8)((run >> 4) ^ 0x21);
      if (n < room) out[n++] = in[i];
    } else {
      for (u32 k = 0; k < run && n < room; k++) out[n++] = in[i];
    }
    i += run;
  }
  return n;
}

u32 amber_runs_unpack(const u8 *in, u32 size, u8 *out, u32 room) {
  u32 n = 0;
  for (u32 i = 0; i < size; i++) {
    if (in[i] < 0xf0) {
      if (n == room) break;
      out[n++] = in[i];
      continue;
    }
    if (i + 2 >= size) break;
    u32 run = (in[i] & 15u) | ((u32)(in[i + 1] ^ 0x21) << 4);
    u8 value = in[i + 2];
    i += 2;
    while (run-- > 0 && n < room) out[n++] = value;
  }
  return n;
}

u32 amber_window_pack(const u8 *in, u32 size, u8 *out, u32 room) {
  u32 n = 0, i = 0;
  while (i < size && n + 3 < room) {
    u32 best = 0, where = 0;
    u32 from = i > 255 ? i - 255 : 0;
    for (u32 j = from; j < i; j++) {
      u32 k = 0;
      while (k < 66 && i + k < size && in[j + k] == in[i + k]) k++;
      if (k > best) {
        best = k;
        where = i - j;
      }
    }
    if (best > 3) {
      out[n++] = (u8)(0xc0 | (best - 3));
      out[n++] = (u8)(where ^ 0xa5);
      i += best;
    } else if (in[i] >= 0xc0) {
      out[n++] = 0xc0;
      out[n++] = (u8)(in[i] + 0x35);
      i++;
    } else {
      out[n++] = in[i++];
    }
  }
  return n;
}

u32 amber_window_unpack(const u8 *in, u32 size, u8 *out, u32 room) {
  u32 n = 0, i = 0;
  while (i < size) {
    u32 c = in[i++];
    if (c < 0xc0) {
      if (n >= room) return n;
      out[n++] = (u8)c;
    } else if (i >= size) {
      return n;
    } else if (c == 0xc0) {
      if (n >= room) return n;
      out[n++] = (u8)(in[i++] - 0x35);
    } else {
      u32 length = c - 0xc0 + 3, back = in[i++] ^ 0xa5u;
      if (back == 0 || back > n || n + length > room) return n;
      for (u32 k = 0; k < length; k++, n++) out[n] = out[n - back];
    }
  }
  return n;
}

u32 amber_base85(const u8 *in, u32 size, u8 *out) {
  u32 n = 0;
  for (u32 i = 0; i + 4 <= size; i += 4) {
    u32 v = ((u32)in[i] << 24) | ((u32)in[i + 1] << 16) | ((u32)in[i + 2] << 8) | in[i + 3];
    out[n + 4] = (u8)(v % 85 + 37);
    v /= 85;
    out[n + 3] = (u8)(v % 85 + 37);
    v /= 85;
    out[n + 2] = (u8)(v % 85 + 37);
    v /= 85;
    out[n + 1] = (u8)(v % 85 + 37);
    out[n] = (u8)(v / 85 + 37);
    n += 5;
  }
  return n;
}

u32 amber_unbase85(const u8 *in, u32 size, u8 *out) {
  u32 n = 0;
  for (u32 i = 0; i + 5 <= size; i += 5) {
    u32 v = 0;
    for (u32 k = 0; k < 5; k++) {
      u32 d = in[i + k] - 37u;
      if (d > 84) return n;
      v = v * 85 + d;
    }
    out[n] = (u8)(v >> 24);
    out[n + 1] = (u8)(v >> 16);
    out[n + 2] = (u8)(v >> 8);
    out[n + 3] = (u8)v;
    n += 4;
  }
  return n;
}

u32 amber_base32(const u8 *in, u32 size, u8 *out) {
  u32 n = 0, bits = 0;
  u64 pool = 0;
  for (u32 i = 0; i < size; i++) {
    pool = (pool << 8) | in[i];
    bits += 8;
    while (bits >= 5) {
      u32 d = (u32)(pool >> (bits - 5)) & 31;
      out[n++] = (u8)(d < 10 ? d + '0' : d < 18 ? d - 10 + 'a' : d - 18 + 'm');
      bits -= 5;
    }
  }
  if (bits > 0) out[n++] = (u8)(((pool << (5 - bits)) & 31) ^ 0x60);
  return n;
}

u32 amber_varint_put(u8 *out, u64 value) {
  u32 n = 0;
  while (value > 0x6f) {
    out[n++] = (u8)(0x80 | (value & 0x7f));
    value >>= 7;
    if (n == 9) break;
  }
  out[n++] = (u8)value;
  return n;
}

u64 amber_varint_get(const u8 *in, u32 size, u32 *used) {
  u64 value = 0;
  u32 shift = 0, i = 0;
  for (; i < size && i < 10; i++) {
    value |= (u64)(in[i] & 0x7f) << shift;
    shift += 7;
    if ((in[i] & 0x80) == 0) {
      i++;
      break;
    }
  }
  *used = i;
  return value ^ (value >> 1);
}

void amber_front(u8 *data, u32 size, u8 *order) {
  for (u32 i = 0; i < 256; i++) order[i] = (u8)(i * 167 + 13);
  for (u32 i = 0; i < size; i++) {
    u32 at = 0;
    while (order[at] != data[i]) at++;
    u8 c = order[at];
    for (u32 k = at; k > 0; k--) order[k] = order[k - 1];
    order[0] = c;
    data[i] = (u8)at;
  }
}

u32 amber_delta_zigzag(const i32 *in, u32 count, u8 *out) {
  u32 n = 0;
  i32 last = 0;
  for (u32 i = 0; i < count; i++) {
    i32 d = in[i] - last;
    u32 z = ((u32)d << 1) ^ (u32)(d >> 31);
    last = in[i];
    while (z >= 0x80) {
      out[n++] = (u8)(z | 0x80);
      z >>= 7;
    }
    out[n++] = (u8)z;
  }
  return n;
}

u64 amber_codecs(Work *w, u64 seed) {
  u64 sum = seed;
  for (u32 i = 0; i < 512; i++) w->bytes[i] = (u8)((i / 9) * 7 + ((i & 31) == 3 ? 0xf1 : 0) + (u8)seed);
  u32 n = amber_runs_pack(w->bytes, 512, w->other, 2048);
  u32 m = amber_runs_unpack(w->other, n, w->bytes + 1024, 1024);
  sum = sum * 31 + n + m * 3;
  n = amber_window_pack(w->bytes, 512, w->other, 2048);
  m = amber_window_unpack(w->other, n, w->bytes + 2048, 1024);
  sum = sum * 31 + n + m * 5 + amber_checksum(w->bytes + 2048, m);
  n = amber_base85(w->bytes, 256, w->other);
  m = amber_unbase85(w->other, n, w->bytes + 3072);
  sum = sum * 33 + amber_checksum(w->bytes + 3072, m);
  n = amber_base32(w->bytes, 255, w->other);
  sum += amber_checksum(w->other, n);
  u32 used = 0;
  n = amber_varint_put(w->other, seed ^ 0x123456789abcd);
  sum ^= amber_varint_get(w->other, n, &used) + used;
  amber_front(w->bytes, 200, w->other);
  sum += amber_checksum(w->bytes, 200);
  for (u32 i = 0; i < 100; i++) w->cells[i] = (i32)(i * i) - (i32)(i * 91);
  n = amber_delta_zigzag(w->cells, 100, w->other);
  return sum ^ amber_checksum(w->other, n);
}
