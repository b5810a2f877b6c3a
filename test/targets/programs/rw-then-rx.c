/* Imitates the careful loader: writable while it unpacks, then only readable and executable, so that no mapping is
   ever writable and executable at once.
   usage: rw-then-rx PAYLOAD [thread] */
#include "target.h"

int main(int argc, char **argv) {
  if (argc < 2) return 2;
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
