/* Imitates malware that removes its own file once it runs.
   usage: deleted-executable PROGRAM COPY [argument of the program]; COPY is written, started and removed */
#include "target.h"

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  FileBytes program = read_file(argv[1]);
  int out = open(argv[2], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
  if (out < 0 || write(out, program.bytes, program.size) != (ssize_t)program.size || close(out) != 0) fail("write %s", argv[2]);
  int fd = open(argv[2], O_PATH | O_CLOEXEC);
  if (fd < 0 || unlink(argv[2]) != 0) fail("unlink %s", argv[2]);
  char *arguments[] = {argv[2], argc > 3 ? argv[3] : NULL, NULL};
  char *environment[] = {NULL};
  fexecve(fd, arguments, environment);
  fail("fexecve");
}
