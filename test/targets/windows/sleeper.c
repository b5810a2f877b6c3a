/* Imitates nothing: a program that waits. The negative control, and a victim for others. */
#include "target.h"

int main(void) {
  ready("%s", "");
  wait_for_end();
  return 0;
}
