/* Imitates a process whose program was replaced after its start: nothing of its executable is mapped any more, copies in
   memory without a file stand in its place, and a payload beside them.
   usage: replaced-executable PAYLOAD [thread] */
#include "target.h"

typedef struct {
  char *start;
  size_t size;
  int protection;
} Part;

/* Puts an anonymous copy where a mapping is; the bytes stay the same, so that whoever executes there goes on. */
static void replace(const Part *part) {
  char *copy = mmap(NULL, part->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (copy == MAP_FAILED) fail("mmap");
  memcpy(copy, part->start, part->size);
  if (mprotect(copy, part->size, part->protection) != 0) fail("mprotect");
  if (mremap(copy, part->size, part->size, MREMAP_MAYMOVE | MREMAP_FIXED, part->start) == MAP_FAILED) fail("mremap");
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  char own[4096], line[8192];
  ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
  if (length < 0) fail("readlink");
  own[length] = 0;
  Part parts[16];
  int count = 0;
  FILE *maps = fopen("/proc/self/maps", "re");
  if (maps == NULL) fail("open maps");
  while (fgets(line, sizeof line, maps) != NULL && count < 16) {
    char *slash = strchr(line, '/'), *rest;
    if (slash == NULL || (slash[strcspn(slash, "\n")] = 0, strcmp(slash, own) != 0)) continue;
    char *start = (char *)(uintptr_t)strtoull(line, &rest, 16), *end = (char *)(uintptr_t)strtoull(rest + 1, &rest, 16);
    int protection = (rest[1] == 'r' ? PROT_READ : 0) | (rest[2] == 'w' ? PROT_WRITE : 0) | (rest[3] == 'x' ? PROT_EXEC : 0);
    parts[count++] = (Part){start, (size_t)(end - start), protection};
  }
  fclose(maps);
  for (int i = 0; i < count; i++) replace(&parts[i]);
  FileBytes payload = read_file(argv[1]);
  void *code = mmap(NULL, payload.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) fail("mmap");
  memcpy(code, payload.bytes, payload.size);
  if (mprotect(code, payload.size, PROT_READ | PROT_EXEC) != 0) fail("mprotect");
  size_t size = payload.size;
  drop_file(payload);
  run_and_wait(code, size, wants_thread(argc, argv, 2));
  return 0;
}
