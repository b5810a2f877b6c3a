/* Basalt: its noise, its checksum, and the run of every part. */
#include "basalt.h"

u32 basalt_noise(u32 *state) {
  u32 x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  *state = x + 0x6d2b;
  return (x >> 3) ^ (x * 0x1c9);
}

u64 basalt_sum(const void *data, u32 size) {
  const u8 *p = data;
  u64 a = 0x9ae1, b = size;
  for (u32 i = 0; i < size; i++) {
    a = (a + p[i]) * 0x10d;
    b ^= a + (b << 6) + (b >> 2);
  }
  return a ^ rotl64(b, 27);
}

u64 family_run(Work *work, u64 seed) {
  u64 sum = 0x62617361;
  sum = sum * 0x2f + basalt_pictures(work, seed);
  sum = sum * 0x35 + basalt_signals(work, seed ^ 5);
  sum = sum * 0x3b + basalt_games(work, seed + 11);
  sum = sum * 0x3d + basalt_packets(work, seed * 3);
  sum = sum * 0x43 + basalt_stores(work, seed ^ sum);
  return sum * 0x47 + basalt_curves(work, seed - 9);
}
