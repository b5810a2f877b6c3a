/* Imitates code that waits in a file of memory: mapped readable and executable, and no page of it touched, so that no
   page is resident.
   usage: memfd-untouched PAYLOAD */
#include "target.h"

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  FileBytes payload = read_file(argv[1]);
  int fd = memfd_create("waiting", MFD_CLOEXEC);
  if (fd < 0 || write(fd, payload.bytes, payload.size) != (ssize_t)payload.size) fail("memfd");
  void *code = mmap(NULL, payload.size, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
  if (code == MAP_FAILED) fail("mmap");
  close(fd);
  size_t size = payload.size;
  drop_file(payload);
  ready(",\"address\":\"%p\",\"size\":%zu", code, size);
  wait_for_end();
  return 0;
}
