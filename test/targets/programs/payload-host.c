/* An ordinary program whose own text is the payload (linked in): what memfd-exec and deleted-executable start.
   usage: payload-host [thread] */
#include "target.h"

uint64_t payload_entry(uint64_t operation, uint64_t seed);

int main(int argc, char **argv) {
  uint64_t checksum = payload_entry(0, 1);
  int tid = wants_thread(argc, argv, 1) ? park_thread(payload_entry) : 0;
  ready(",\"address\":\"%p\",\"size\":0,\"checksum\":\"%016lx\",\"tid\":%d", (void *)(uintptr_t)payload_entry, checksum, tid);
  wait_for_end();
  return 0;
}
