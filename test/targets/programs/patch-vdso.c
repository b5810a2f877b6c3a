/* Imitates tampering with the kernel's own page of code in another process, through /proc/PID/mem: the function that
   tells the processor's number answers 0. The victim never calls it.
   usage: patch-vdso PID. Prints one line and ends. */
#include "target.h"
#include <elf.h>
#include <sys/auxv.h>

/* The offset of a function in the vdso, which is the same in every process. */
static uint64_t offset_of(const uint8_t *image, const char *name) {
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)image;
  const Elf64_Shdr *sections = (const Elf64_Shdr *)(image + header->e_shoff);
  for (int i = 0; i < header->e_shnum; i++) {
    if (sections[i].sh_type != SHT_DYNSYM) continue;
    const Elf64_Sym *symbols = (const Elf64_Sym *)(image + sections[i].sh_offset);
    const char *strings = (const char *)(image + sections[sections[i].sh_link].sh_offset);
    for (size_t k = 0; k < sections[i].sh_size / sizeof *symbols; k++)
      if (strcmp(strings + symbols[k].st_name, name) == 0) return symbols[k].st_value;
  }
  errno = ENOENT;
  fail("no %s in the vdso", name);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  const uint8_t *own = (const uint8_t *)getauxval(AT_SYSINFO_EHDR);
  uint64_t offset = offset_of(own, "__vdso_getcpu"), base = 0;
  char name[64], line[4096];
  snprintf(name, sizeof name, "/proc/%s/maps", argv[1]);
  FILE *maps = fopen(name, "re");
  if (maps == NULL) fail("open %s", name);
  while (fgets(line, sizeof line, maps) != NULL)
    if (strstr(line, "[vdso]") != NULL) base = strtoull(line, NULL, 16);
  fclose(maps);
  snprintf(name, sizeof name, "/proc/%s/mem", argv[1]);
  int fd = open(name, O_RDWR | O_CLOEXEC);
  /* xor eax, eax; ret; then what no compiler leaves behind */
  const uint8_t patch[] = {0x31, 0xc0, 0xc3, 0x0f, 0x0b, 0x0f, 0x0b};
  if (fd < 0 || base == 0 || pwrite(fd, patch, sizeof patch, (off_t)(base + offset)) != sizeof patch) fail("write %s", name);
  close(fd);
  ready(",\"victim\":%s,\"address\":\"0x%lx\",\"rva\":%lu,\"size\":%zu", argv[1], base + offset, offset, sizeof patch);
  return 0;
}
