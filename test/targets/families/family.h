/*
 * What every source of a payload family sees. A family is harmless, pure computation: it calls nothing outside
 * itself, keeps no global state and makes no system call but the sleep of entry.c, so that one source can be built
 * as a flat position-independent blob, as a shared object and as a part of an executable.
 */
#ifndef FAMILY_H
#define FAMILY_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef signed int i32;
typedef signed long i64;

/* Room that the entry lends to every part. The size keeps the stack of a small thread below 64 KiB. */
typedef struct {
  u8 bytes[4096];
  u8 other[4096];
  u32 words[1024];
  i32 cells[1024];
  double reals[256];
} Work;

static inline u32 rotl32(u32 v, unsigned n) { return (v << (n & 31)) | (v >> ((32 - n) & 31)); }
static inline u64 rotl64(u64 v, unsigned n) { return (v << (n & 63)) | (v >> ((64 - n) & 63)); }

/* Every part mixes its results into one number: the same for every compiler flag, or the build is wrong. */
u64 family_run(Work *work, u64 seed);

#endif
