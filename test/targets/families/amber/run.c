/* Amber: runs every part once. */
#include "amber.h"

u64 family_run(Work *work, u64 seed) {
  u64 a = amber_ciphers(work, seed);
  u64 b = amber_codecs(work, seed ^ 0x1111);
  u64 c = amber_numbers(work, seed + 3);
  u64 d = amber_machine(work, seed * 5);
  u64 e = amber_orders(work, seed ^ a);
  u64 f = amber_texts(work, b);
  return amber_mix_three(a ^ d, b + e, c - f);
}
