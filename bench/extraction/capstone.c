/* Disassembles ranges of a file with Capstone, details on, and prints bytes and processor seconds.
   Arguments: file, then offset and size of each range. */
#include <capstone/capstone.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  FILE *file = fopen(argv[1], "rb");
  if (file == NULL) return 1;
  csh handle;
  if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle) != CS_ERR_OK) return 1;
  cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
  cs_option(handle, CS_OPT_SKIPDATA, CS_OPT_ON);
  cs_insn *instruction = cs_malloc(handle);
  unsigned long operands = 0, instructions = 0, bytes = 0;
  double seconds = 0;
  for (int i = 2; i + 1 < argc; i += 2) {
    size_t size = strtoul(argv[i + 1], NULL, 10);
    uint8_t *code = malloc(size);
    if (code == NULL || fseek(file, strtol(argv[i], NULL, 10), SEEK_SET) != 0) return 1;
    if (fread(code, 1, size, file) != size) return 1;
    const uint8_t *at = code;
    uint64_t address = 0;
    size_t left = size;
    clock_t start = clock();
    while (cs_disasm_iter(handle, &at, &left, &address, instruction)) {
      instructions++;
      if (instruction->id != 0) operands += instruction->detail->x86.op_count;
    }
    seconds += (double)(clock() - start) / CLOCKS_PER_SEC;
    bytes += size;
    free(code);
  }
  printf("%lu %f %lu %lu\n", bytes, seconds, instructions, operands);
  return 0;
}
