/* Imitates code in memory that is shared between processes and has no file: shown as /dev/zero (deleted) in the map,
   and never marked as anonymous in the page map. A child process shares it and does nothing.
   usage: shared-anonymous PAYLOAD [thread] */
#include "target.h"
#include <signal.h>
#include <sys/prctl.h>

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  FileBytes payload = read_file(argv[1]);
  void *code = mmap(NULL, payload.size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) fail("mmap");
  memcpy(code, payload.bytes, payload.size);
  if (mprotect(code, payload.size, PROT_READ | PROT_EXEC) != 0) fail("mprotect");
  size_t size = payload.size;
  drop_file(payload);
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) pause();
  }
  run_and_wait(code, size, wants_thread(argc, argv, 2));
  return 0;
}
