/* Imitates a runtime that loads an assembly from bytes. The library must export coreclr_initialize, as the runtime does.
   usage: managed LIBRARY ASSEMBLY */
#include "target.h"

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  if (!LoadLibraryA(argv[1])) fail(argv[1]);
  FileBytes assembly = read_file(argv[2]);
  uint8_t *copy = VirtualAlloc(NULL, assembly.size, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
  if (!copy) fail("allocate");
  memcpy(copy, assembly.bytes, assembly.size);
  drop_file(assembly);
  DWORD before;
  if (!VirtualProtect(copy, assembly.size, PAGE_READONLY, &before)) fail("protect");
  ready(",\"address\":\"%p\",\"size\":%llu", (void *)copy, (unsigned long long)assembly.size);
  wait_for_end();
  return 0;
}
