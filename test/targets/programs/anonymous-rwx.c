/* Imitates a loader of shellcode that never cares: memory that stays readable, writable and executable.
   usage: anonymous-rwx PAYLOAD [thread] */
#include "target.h"

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  FileBytes payload = read_file(argv[1]);
  void *code = mmap(NULL, payload.size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) fail("mmap");
  memcpy(code, payload.bytes, payload.size);
  size_t size = payload.size;
  drop_file(payload);
  run_and_wait(code, size, wants_thread(argc, argv, 2));
  return 0;
}
