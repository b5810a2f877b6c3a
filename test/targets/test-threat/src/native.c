/* Runs the same sources as an ordinary program; what it prints is what the encoded code must compute. */
#include <stdio.h>
#include "threat.h"

u64 threat_entry(u64 seed, u64 rounds);

int main(void) {
  printf("%llu %llu\n", threat_entry(1, 1), threat_entry(0x5eedull, 3));
  return 0;
}
