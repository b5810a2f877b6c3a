/* Imitates a loader whose memory was never writable in the map: anonymous, read and execute from the first moment,
   filled through /proc/self/mem, which ignores the protection.
   usage: anonymous-rx PAYLOAD [thread] */
#include "target.h"

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  FileBytes payload = read_file(argv[1]);
  void *code = mmap(NULL, payload.size, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) fail("mmap");
  int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
  if (memory < 0 || pwrite(memory, payload.bytes, payload.size, (off_t)(uintptr_t)code) != (ssize_t)payload.size) fail("write through /proc/self/mem");
  close(memory);
  size_t size = payload.size;
  drop_file(payload);
  run_and_wait(code, size, wants_thread(argc, argv, 2));
  return 0;
}
