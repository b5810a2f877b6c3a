/* The victim: an ordinary program that waits, without any code of its own worth naming.
   usage: sleeper */
#include "target.h"

int main(void) {
  ready(",\"address\":\"%p\",\"size\":0", (void *)(uintptr_t)main);
  wait_for_end();
  return 0;
}
