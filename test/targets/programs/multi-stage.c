/* Imitates malware in stages: this file carries two more stages at its end, packed; it unpacks the second one, a loader,
   into memory that it makes executable, and calls it; the loader writes the third into another process. On disk stands
   nothing of either. stages.ts packs: after the program come the packed bytes of both stages, then their lengths and the
   seed, eight bytes each.
   usage: multi-stage PID. Prints its line with the loader's address, and the victim's with the third stage's. */
#include "target.h"

typedef int64_t (*Loader)(uint64_t pid, uint64_t bytes, uint64_t size);

/* xorshift64*, as stages.ts has it. */
static void unpack(uint8_t *bytes, size_t size, uint64_t *state) {
  for (size_t i = 0; i < size; i++) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    bytes[i] ^= (uint8_t)(*state * 0x2545f4914f6cdd1dull >> 56);
  }
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  FileBytes self = read_file("/proc/self/exe");
  uint64_t trailer[3];
  memcpy(trailer, self.bytes + self.size - sizeof trailer, sizeof trailer);
  size_t loader_size = trailer[0], third_size = trailer[1];
  uint64_t state = trailer[2];
  uint8_t *packed = self.bytes + self.size - sizeof trailer - third_size - loader_size;
  unpack(packed, loader_size + third_size, &state);
  void *code = mmap(NULL, whole_pages(loader_size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) fail("mmap");
  memcpy(code, packed, loader_size);
  if (mprotect(code, whole_pages(loader_size), PROT_READ | PROT_EXEC) != 0) fail("mprotect");
  Loader loader;
  memcpy(&loader, &code, sizeof loader);
  int64_t at = loader((uint64_t)atoi(argv[1]), (uint64_t)(uintptr_t)(packed + loader_size), third_size);
  if (at < 0) {
    errno = (int)-at;
    fail("the loader");
  }
  drop_file(self);
  ready(",\"address\":\"%p\",\"size\":%zu,\"victim\":%d,\"planted\":\"0x%lx\"", code, loader_size, atoi(argv[1]), (unsigned long)at);
  wait_for_end();
  return 0;
}
