/* Amber, part 1: toy ciphers and mixers of our own making (useless for secrecy, good for having unlike code). */
#include "amber.h"

u64 amber_mix_three(u64 a, u64 b, u64 c) {
  a ^= rotl64(b, 19) + 0x51ed;
  b += (a << 7) ^ (c >> 3);
  c = (c * 0x2545) ^ rotl64(a + b, 41);
  a -= c ^ 0x77e1;
  b = rotl64(b ^ a, 11) * 13;
  return a + rotl64(b, 29) - (c ^ (c >> 17));
}

u32 amber_fold(u32 v) {
  v = (v ^ 61) ^ (v >> 16);
  v += v << 3;
  v ^= v >> 4;
  v *= 0x27d4eb3d;
  v ^= v >> 15;
  v = rotl32(v, 9) - 0x1f35;
  return v ^ (v << 5) ^ (v >> 21);
}

void amber_schedule(u32 *keys, u64 seed) {
  u32 a = (u32)seed, b = (u32)(seed >> 32), c = 0x7a3b1, d = 0x19f4;
  for (u32 i = 0; i < 44; i++) {
    u32 t = a ^ rotl32(b, 7) ^ (c * 5 + i);
    a = b + (d ^ 0x33);
    b = rotl32(c, 13) ^ i;
    c = d - t;
    d = t ^ (t << 4) ^ 0x5be1;
    keys[i] = a + b * 3 - c + (d >> 2);
    if ((keys[i] & 0x1f) == 0x0b) keys[i] ^= rotl32(d, i) + 0x1234567;
  }
}

u64 amber_encrypt_pair(u64 block, const u32 *keys) {
  u32 l = (u32)block, r = (u32)(block >> 32);
  for (u32 i = 0; i < 22; i++) {
    u32 f = (rotl32(r, 3) ^ keys[2 * i]) + ((r >> 5) & keys[2 * i + 1]);
    f ^= (f << 9) + 0x3c6e;
    f = rotl32(f, (r & 15) + 1) - keys[i];
    u32 t = l ^ f;
    l = r;
    r = t;
  }
  return ((u64)l << 32) | r;
}

u64 amber_decrypt_pair(u64 block, const u32 *keys) {
  u32 l = (u32)(block >> 32), r = (u32)block;
  for (i32 i = 21; i >= 0; i--) {
    u32 f = (rotl32(l, 3) ^ keys[2 * i]) + ((l >> 5) & keys[2 * i + 1]);
    f ^= (f << 9) + 0x3c6e;
    f = rotl32(f, (l & 15) + 1) - keys[i];
    u32 t = r ^ f;
    r = l;
    l = t;
  }
  return ((u64)r << 32) | l;
}

void amber_quarter(u32 *s, u32 a, u32 b, u32 c, u32 d) {
  s[a] += s[b] ^ 0x11;
  s[d] = rotl32(s[d] ^ s[a], 14);
  s[c] += s[d] + 0x2b;
  s[b] = rotl32(s[b] ^ s[c], 5);
  s[a] -= rotl32(s[c], 21);
  s[d] ^= s[b] + (s[a] >> 7);
  s[c] = rotl32(s[c] - s[d], 27);
  s[b] += s[c] & ~s[a];
}

void amber_stream(u8 *data, u32 size, const u32 *keys) {
  u32 s[16];
  u32 used = 64;
  u32 counter = 0x29;
  for (u32 i = 0; i < size; i++) {
    if (used == 64) {
      for (u32 k = 0; k < 16; k++) s[k] = keys[k] + (keys[k + 16] ^ counter) * (k | 1);
      for (u32 round = 0; round < 6; round++) {
        amber_quarter(s, 0, 4, 8, 12);
        amber_quarter(s, 1, 6, 11, 13);
        amber_quarter(s, 2, 7, 9, 15);
        amber_quarter(s, 3, 5, 10, 14);
      }
      counter = counter * 0x4b + 0x1d;
      used = 0;
    }
    data[i] ^= (u8)(s[used >> 2] >> ((used & 3) * 8)) + (u8)(i * 29);
    used++;
  }
}

u32 amber_checksum(const u8 *data, u32 size) {
  u32 low = 0x31, high = 0x9d;
  u32 i = 0;
  while (i + 4 <= size) {
    low += data[i] * 3u + data[i + 1];
    high += low ^ (data[i + 2] * 7u);
    low ^= (u32)data[i + 3] << 11;
    high = rotl32(high, 3) + (low >> 9);
    i += 4;
  }
  for (; i < size; i++) {
    low += (data[i] ^ 0x5c) * 19u;
    high ^= low << 1;
  }
  if (high > 0xfff1) high = (high % 0xfff1) + (low & 0x3f);
  return (high << 13) ^ low;
}

u64 amber_digest(const u8 *data, u32 size) {
  u64 h1 = 0x6c62 ^ size, h2 = 0x2d35 + size * 9u;
  for (u32 i = 0; i < size; i++) {
    h1 = (h1 ^ data[i]) * 0x1b3;
    h2 += h1 ^ rotl64(h2, 23);
    if (data[i] & 0x40) {
      h1 -= h2 >> 5;
      h2 = rotl64(h2 * 5, 31) ^ (h1 + 0x3d);
      h1 = rotl64(h1, 9) + data[i] * 0x101u;
    } else if (data[i] & 2) {
      h2 ^= (u64)data[i] << (i & 31);
      h1 += (h2 >> 11) ^ 0x77;
    }
  }
  h1 ^= h2 >> 33;
  h1 *= 0x4cf5ad;
  h2 = rotl64(h1 + h2, 37) ^ 0x52dce7;
  return h1 ^ (h2 * 3);
}

void amber_substitute(u8 *table, u64 seed) {
  for (u32 i = 0; i < 256; i++) table[i] = (u8)i;
  u64 state = seed | 1;
  for (u32 i = 255; i > 0; i--) {
    state = state * 0x5851f42d + 0x14057b7e;
    state ^= state >> 22;
    u32 j = (u32)((state >> 16) % (i + 1));
    u8 t = table[i];
    table[i] = table[j];
    table[j] = t;
  }
}

u64 amber_ciphers(Work *w, u64 seed) {
  amber_schedule(w->words, seed);
  u64 block = amber_encrypt_pair(seed ^ 0x1122334455, w->words);
  u64 back = amber_decrypt_pair(block, w->words);
  for (u32 i = 0; i < 1024; i++) w->bytes[i] = (u8)amber_fold(i * 0x9e3779b1u + (u32)seed);
  amber_stream(w->bytes, 1024, w->words);
  amber_substitute(w->other, seed + 77);
  u64 sum = amber_mix_three(block, back, amber_checksum(w->bytes, 1023));
  return sum ^ amber_digest(w->other, 256) ^ amber_digest(w->bytes, 1024);
}
