/* Imitates a program that hides among the threads of the kernel: an ordinary file, started under such a thread's name.
   usage: kernel-name PROGRAM */
#include "target.h"

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  char *const arguments[] = {"[kworker/0:3]", NULL};
  execv(argv[1], arguments);
  fail("exec %s", argv[1]);
}
