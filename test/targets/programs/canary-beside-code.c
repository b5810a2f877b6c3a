/* An allocator that mixes code and data in one readable, writable and executable mapping, as some script engines do:
   real code at its start, secrets behind it.
   usage: canary-beside-code PAYLOAD pages|page|between|sparse   (canary: one line on stdin)
   pages: the secrets begin on the page after the code. page: they begin 16 bytes behind the code's end, in the same
   page. between: secrets stand in a gap of 1 KiB in the middle of every other page of code as well. sparse:
   one secret alone stands in the middle of every page of code, as a string between two functions does. */
#include "target.h"

int main(int argc, char **argv) {
  char canary[128] = {0}, text[256];
  if (argc < 3 || fgets(canary, sizeof canary, stdin) == NULL) return 2;
  canary[strcspn(canary, "\n")] = 0;
  FileBytes payload = read_file(argv[1]);
  size_t size = whole_pages(payload.size) + 16 * 4096;
  char *arena = mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (arena == MAP_FAILED) fail("mmap");
  memcpy(arena, payload.bytes, payload.size);
  uint64_t checksum = entry_of(arena)(0, 1);
  size_t at = strcmp(argv[2], "pages") == 0 ? whole_pages(payload.size) : (payload.size + 31) / 16 * 16;
  int length = snprintf(text, sizeof text, "%s-%s;", canary, argv[2]);
  for (; at + (size_t)length < size; at += (size_t)length) memcpy(arena + at, text, (size_t)length);
  if (strcmp(argv[2], "between") == 0) {
    for (size_t page = 4096; page + 4096 < payload.size; page += 8192) {
      for (size_t k = 0; k + (size_t)length < 1024; k += (size_t)length) memcpy(arena + page + 1536 + k, text, (size_t)length);
    }
  }
  if (strcmp(argv[2], "sparse") == 0) {
    for (size_t page = 0; page + 4096 < payload.size; page += 4096) memcpy(arena + page + 2000, text, (size_t)length);
  }
  drop_file(payload);
  ready(",\"address\":\"%p\",\"size\":%zu,\"checksum\":\"%016lx\"", (void *)arena, size, checksum);
  wait_for_end();
  return 0;
}
