/* The four functions that a compiler may call by itself even in freestanding code. */
#include "family.h"

void *memset(void *to, int value, u64 size) {
  u8 *p = to;
  for (u64 i = 0; i < size; i++) p[i] = (u8)value;
  return to;
}

void *memcpy(void *restrict to, const void *restrict from, u64 size) {
  u8 *p = to;
  const u8 *q = from;
  for (u64 i = 0; i < size; i++) p[i] = q[i];
  return to;
}

void *memmove(void *to, const void *from, u64 size) {
  u8 *p = to;
  const u8 *q = from;
  if (p < q) {
    for (u64 i = 0; i < size; i++) p[i] = q[i];
  } else {
    for (u64 i = size; i > 0; i--) p[i - 1] = q[i - 1];
  }
  return to;
}

int memcmp(const void *a, const void *b, u64 size) {
  const u8 *p = a, *q = b;
  for (u64 i = 0; i < size; i++) {
    if (p[i] != q[i]) return p[i] < q[i] ? -1 : 1;
  }
  return 0;
}
