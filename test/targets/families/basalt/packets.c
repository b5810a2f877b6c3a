/* Basalt, part 4: made-up packets: names, headers, checksums, UTF-8, bit fields, fragments, a sliding window. */
#include "basalt.h"

u32 basalt_put_name(u8 *out, u32 seed) {
  u32 n = 0;
  for (u32 label = 0; label < 3; label++) {
    u32 length = (seed >> (label * 4) & 7) + 2;
    out[n++] = (u8)length;
    for (u32 i = 0; i < length; i++) out[n++] = (u8)('a' + (seed * 7 + i * 5 + label * 11) % 26);
  }
  out[n++] = 0;
  return n;
}

u32 basalt_get_name(const u8 *packet, u32 size, u32 at, u8 *out, u32 room) {
  u32 n = 0, jumps = 0;
  while (at < size) {
    u32 length = packet[at++];
    if (length == 0) return n;
    if ((length & 0xc0) == 0xc0) {
      if (at >= size || ++jumps > 5) return n | 0x8000;
      at = (length & 0x3f) << 8 | packet[at];
      continue;
    }
    if (length > 63 || at + length > size || n + length + 1 > room) return n | 0x4000;
    for (u32 i = 0; i < length; i++) {
      u8 c = packet[at + i];
      out[n++] = c >= 'A' && c <= 'Z' ? c + 32 : c;
    }
    out[n++] = '.';
    at += length;
  }
  return n | 0x2000;
}

u16 basalt_ones_sum(const u8 *data, u32 size) {
  u32 sum = 0;
  for (u32 i = 0; i + 1 < size; i += 2) sum += (u32)data[i] << 8 | data[i + 1];
  if (size & 1) sum += (u32)data[size - 1] << 8;
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (u16)~sum;
}

u32 basalt_crc(const u8 *data, u32 size, u32 polynomial) {
  u32 crc = 0xffffffff;
  for (u32 i = 0; i < size; i++) {
    crc ^= data[i];
    for (u32 k = 0; k < 8; k++) crc = (crc >> 1) ^ (polynomial & -(crc & 1));
  }
  return ~crc;
}

u32 basalt_put_header(u8 *out, u32 kind, u32 length, u32 from, u32 to) {
  out[0] = (u8)(0x50 | (kind & 15));
  out[1] = (u8)(kind >> 4);
  out[2] = (u8)(length >> 8);
  out[3] = (u8)length;
  out[4] = (u8)(from >> 24);
  out[5] = (u8)(from >> 16);
  out[6] = (u8)(from >> 8);
  out[7] = (u8)from;
  out[8] = (u8)(to >> 24);
  out[9] = (u8)(to >> 16);
  out[10] = (u8)(to >> 8);
  out[11] = (u8)to;
  out[12] = out[13] = 0;
  u16 sum = basalt_ones_sum(out, 14);
  out[12] = (u8)(sum >> 8);
  out[13] = (u8)sum;
  return 14;
}

i32 basalt_check_header(const u8 *in, u32 size) {
  if (size < 14) return -1;
  if ((in[0] & 0xf0) != 0x50) return -2;
  u32 length = (u32)in[2] << 8 | in[3];
  if (length + 14 > size) return -3;
  if (basalt_ones_sum(in, 14) != 0) return -4;
  u32 from = (u32)in[4] << 24 | (u32)in[5] << 16 | (u32)in[6] << 8 | in[7];
  u32 to = (u32)in[8] << 24 | (u32)in[9] << 16 | (u32)in[10] << 8 | in[11];
  if (from == to) return -5;
  return (i32)((from ^ to) % 9001) + (i32)length;
}

u32 basalt_put_rune(u8 *out, u32 rune) {
  if (rune < 0x80) {
    out[0] = (u8)rune;
    return 1;
  }
  if (rune < 0x800) {
    out[0] = (u8)(0xc0 | rune >> 6);
    out[1] = (u8)(0x80 | (rune & 63));
    return 2;
  }
  if (rune < 0x10000) {
    out[0] = (u8)(0xe0 | rune >> 12);
    out[1] = (u8)(0x80 | (rune >> 6 & 63));
    out[2] = (u8)(0x80 | (rune & 63));
    return 3;
  }
  out[0] = (u8)(0xf0 | rune >> 18);
  out[1] = (u8)(0x80 | (rune >> 12 & 63));
  out[2] = (u8)(0x80 | (rune >> 6 & 63));
  out[3] = (u8)(0x80 | (rune & 63));
  return 4;
}

u32 basalt_get_rune(const u8 *in, u32 size, u32 *used) {
  u32 c = in[0], need, rune;
  *used = 1;
  if (c < 0x80) return c;
  if (c >= 0xc2 && c < 0xe0) { need = 1; rune = c & 31; }
  else if (c >= 0xe0 && c < 0xf0) { need = 2; rune = c & 15; }
  else if (c >= 0xf0 && c < 0xf5) { need = 3; rune = c & 7; }
  else return 0xfffd;
  if (need + 1 > size) return 0xfffd;
  for (u32 i = 1; i <= need; i++) {
    if ((in[i] & 0xc0) != 0x80) return 0xfffd;
    rune = rune << 6 | (in[i] & 63);
  }
  if ((rune & 0x1ff800) == 0xd800 || rune > 0x10ffff) return 0xfffd;
  *used = need + 1;
  return rune;
}

u32 basalt_bits_put(u8 *out, u32 at, u32 value, u32 width) {
  for (u32 i = 0; i < width; i++, at++) {
    u8 mask = (u8)(0x80 >> (at & 7));
    if (value >> (width - 1 - i) & 1) out[at >> 3] |= mask;
    else out[at >> 3] &= (u8)~mask;
  }
  return at;
}

u32 basalt_bits_get(const u8 *in, u32 at, u32 width) {
  u32 first = at >> 3, last = (at + width - 1) >> 3;
  u64 pool = 0;
  for (u32 i = first; i <= last; i++) pool = pool << 8 | in[i];
  u32 tail = (last + 1) * 8 - (at + width);
  return (u32)(pool >> tail) & (width == 32 ? 0xffffffff : (1u << width) - 1);
}

u32 basalt_window(const u8 *lost, u32 count, u32 width) {
  u32 base = 0, next = 0, ticks = 0, sent = 0;
  while (base < count && ticks < 4000) {
    ticks++;
    if (next < base + width && next < count) {
      sent++;
      u32 failed = lost[(next + ticks) & 255] < 24;
      next++;
      if (failed) {
        next = base;
        ticks += width;
        continue;
      }
    }
    if (next > base + (ticks & 3)) base++;
    else if (next == count) base = next;
  }
  return ticks << 12 ^ sent;
}

u32 basalt_collect(const u8 *order, u32 count, u8 *map) {
  u32 waiting = 0, peak = 0, next = 0, late = 0;
  for (u32 i = 0; i < 32; i++) map[i] = 0;
  for (u32 i = 0; i < count; i++) {
    u32 id = order[i];
    if (map[id >> 3] >> (id & 7) & 1) {
      late += 5;
      continue;
    }
    map[id >> 3] |= (u8)(1u << (id & 7));
    if (++waiting > peak) peak = waiting;
    while (next < 256 && map[next >> 3] >> (next & 7) & 1) {
      next++;
      waiting--;
    }
  }
  return peak << 16 | next << 8 | (late & 255);
}

u32 basalt_hamming(u32 nibble) {
  u32 a = nibble & 1, b = nibble >> 1 & 1, c = nibble >> 2 & 1, d = nibble >> 3 & 1;
  u32 word = (a ^ b ^ d) | (a ^ c ^ d) << 1 | a << 2 | (b ^ c ^ d) << 3 | b << 4 | c << 5 | d << 6;
  return word | (basalt_ones(word) & 1) << 7;
}

i32 basalt_unhamming(u32 word) {
  u32 s0 = (word ^ word >> 2 ^ word >> 4 ^ word >> 6) & 1;
  u32 s1 = (word >> 1 ^ word >> 2 ^ word >> 5 ^ word >> 6) & 1;
  u32 s2 = (word >> 3 ^ word >> 4 ^ word >> 5 ^ word >> 6) & 1;
  u32 fault = s0 | s1 << 1 | s2 << 2;
  if (fault) word ^= 1u << (fault - 1);
  if ((basalt_ones(word & 0xff) & 1) && !fault) return -1;
  return (i32)((word >> 2 & 1) | (word >> 4 & 1) << 1 | (word >> 5 & 1) << 2 | (word >> 6 & 1) << 3);
}

u64 basalt_packets(Work *w, u64 seed) {
  u32 n = basalt_put_name(w->bytes, (u32)seed);
  w->bytes[n] = 0xc0;
  w->bytes[n + 1] = 0;
  u64 sum = basalt_get_name(w->bytes, n + 2, n, w->other, 200);
  sum = sum * 3 + basalt_sum(w->other, 12);
  n = basalt_put_header(w->bytes, 0x37, 50, (u32)seed, 0x0a000001);
  sum += (u64)basalt_check_header(w->bytes, 64);
  sum ^= basalt_crc(w->bytes, 64, 0x82f63b78);
  n = 0;
  u32 state = (u32)seed | 1;
  for (u32 i = 0; i < 200; i++) n += basalt_put_rune(w->bytes + n, basalt_noise(&state) % (i < 60 ? 0x90u : i < 120 ? 0x900u : 0x11000u));
  for (u32 at = 0, used = 0; at < n; at += used) sum = sum * 5 + basalt_get_rune(w->bytes + at, n - at, &used);
  u32 at = 3;
  for (u32 i = 1; i < 25; i++) at = basalt_bits_put(w->other, at, (u32)seed * i, i);
  sum += basalt_bits_get(w->other, 40, 17) + basalt_bits_get(w->other, 9, 5);
  for (u32 i = 0; i < 256; i++) w->bytes[i] = (u8)basalt_noise(&state);
  sum = sum * 7 + basalt_window(w->bytes, 150, 6);
  sum ^= basalt_collect(w->bytes, 256, w->other);
  for (u32 i = 0; i < 16; i++) sum = sum * 9 + (u64)basalt_unhamming(basalt_hamming(i) ^ 1u << (i & 7));
  return sum;
}
