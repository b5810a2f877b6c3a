/*
 * The first bytes of every payload, the same for all families.
 *
 * payload_entry(0, seed): computes and returns a checksum.
 * payload_entry(1, seed): computes, then sleeps for ever inside the payload, so that a thread's program counter
 * stays in it without using the processor.
 */
#include "family.h"

#define SYS_NANOSLEEP 35
/* Some months, and a number that stands nowhere else: unlike.ts replaces it to make copies with other hashes. */
#define SECONDS 0xc0ffee

static inline void sleep_here(void) {
  struct {
    long seconds;
    long nanoseconds;
  } request = {SECONDS, 0};
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(SYS_NANOSLEEP), "D"(&request), "S"(0) : "rcx", "r11", "memory");
}

__attribute__((section(".text.entry"), visibility("default"))) u64 payload_entry(u64 operation, u64 seed) {
  Work work;
  u64 checksum = family_run(&work, seed);
  if (operation == 1) {
    for (;;) sleep_here();
  }
  return checksum;
}
