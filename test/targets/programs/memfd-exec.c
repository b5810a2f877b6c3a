/* Imitates fileless malware: its program never touches a file system, runs from a memfd and calls itself like a
   kernel thread.
   usage: memfd-exec PROGRAM [argument of the program] */
#include "target.h"

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  FileBytes program = read_file(argv[1]);
  int fd = memfd_create("kworkerx", MFD_CLOEXEC);
  if (fd < 0 || write(fd, program.bytes, program.size) != (ssize_t)program.size) fail("memfd");
  char name[] = "[kworker/1:2]";
  char *arguments[] = {name, argc > 2 ? argv[2] : NULL, NULL};
  char *environment[] = {NULL};
  fexecve(fd, arguments, environment);
  fail("fexecve");
}
