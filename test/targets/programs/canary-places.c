/* A program with secrets: unlike strings on the heap, on the stack, in the environment, in a mapped data file and in
   a document that is mapped with an executable bit. Reads one line from stdin, the canary; the place's name is
   appended to it in memory, so that a leak says where it was. The canary is never in the command line, which is
   collected.
   usage: canary-places DATA_FILE plain|implies-exec
   DATA_FILE is overwritten with the canary. implies-exec: every readable mapping made from then on is executable, as
   in an old program. Built with an executable stack it is the third case. */
#include "target.h"
#include <sys/personality.h>

#define COPIES 64
#define HEAP_SIZE (192 * 1024)

static void fill(char *to, size_t size, const char *canary, const char *place) {
  size_t at = 0;
  char one[256];
  int length = snprintf(one, sizeof one, "%s-%s;", canary, place);
  while (at + (size_t)length < size) {
    memcpy(to + at, one, (size_t)length);
    at += (size_t)length;
  }
}

static char *map_document(const char *path, size_t *size, int protection) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) fail("open %s", path);
  *size = (size_t)status.st_size;
  char *at = mmap(NULL, *size, protection, MAP_PRIVATE, fd, 0);
  if (at == MAP_FAILED) fail("map %s", path);
  close(fd);
  volatile char sum = 0;
  for (size_t i = 0; i < *size; i += 4096) sum += at[i];
  return at;
}

static void write_document(const char *path, const char *canary) {
  static char text[3 * 4096 + 100];
  fill(text, sizeof text, canary, "document");
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, text, sizeof text) != (ssize_t)sizeof text) fail("write %s", path);
  close(fd);
  memset(text, 0, sizeof text);
}

int main(int argc, char **argv) {
  char canary[128] = {0}, stack[COPIES * 96] = {0};
  if (argc < 3) return 2;
  /* Before the first allocation: the heap that brk makes is then executable too. */
  if (strcmp(argv[2], "implies-exec") == 0 && personality((unsigned)personality(0xffffffff) | READ_IMPLIES_EXEC) == -1) fail("personality");
  if (fgets(canary, sizeof canary, stdin) == NULL) return 2;
  canary[strcspn(canary, "\n")] = 0;
  write_document(argv[1], canary);
  char *small = malloc(4096), *large = malloc(HEAP_SIZE);
  if (small == NULL || large == NULL) fail("malloc");
  fill(small, 4096, canary, "heap");
  fill(large, HEAP_SIZE, canary, "heap");
  fill(stack, sizeof stack, canary, "stack");
  char variable[256];
  snprintf(variable, sizeof variable, "%s-environment", canary);
  setenv("SECRET", variable, 1);
  size_t size;
  char *data = map_document(argv[1], &size, PROT_READ);
  char *document = map_document(argv[1], &size, PROT_READ | PROT_EXEC);
  ready(",\"heap\":\"%p\",\"large\":\"%p\",\"stack\":\"%p\",\"data\":\"%p\",\"document\":\"%p\",\"size\":%zu", (void *)small, (void *)large, (void *)stack, (void *)data, (void *)document, size);
  wait_for_end();
  /* Used after the wait, so that no compiler drops them. */
  return (small[0] ^ large[1] ^ stack[2] ^ data[3] ^ document[4]) == 1;
}
