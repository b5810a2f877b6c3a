#include "threat.h"

/*
 * The only way in: called once with a seed, returns a number that depends on every experiment, so that the
 * caller sees that the code really ran. `rounds` bounds the work; one round takes well under a millisecond.
 */
__attribute__((section(".text.entry"), noinline)) u64 threat_entry(u64 seed, u64 rounds) {
  struct bench b;
  u64 total = seed ^ 0x6a09c3d17be42f05ull;
  for (u32 i = 0; i < WORDS; i++) {
    total = total * 0xd1342543de82ef95ull + 0x2545f4914f6cdd1dull;
    b.w[i] = (u32)(total >> 29);
  }
  for (u32 i = 0; i < TEXT; i++) b.text[i] = (u8)(b.w[i & (WORDS - 1)] >> (i >> 5));
  b.acc = total;
  b.n = 0;
  b.steps = 0;
  if (rounds > 16) rounds = 16;
  for (u64 r = 0; r < rounds; r++) {
#define RUN(name) \
  total = rol64(total, 7) ^ name(&b, (u32)(total >> 17)); \
  b.n++;
    FOR_EACH_EXPERIMENT(RUN)
#undef RUN
  }
  return total ^ b.acc ^ ((u64)b.n << 48) ^ b.steps;
}
