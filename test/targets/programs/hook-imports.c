/* Imitates a hook of a program's imports: the place in the global offset table through which it calls a function of libc
   leads to code in anonymous memory. No byte of any code is changed.
   usage: hook-imports PAYLOAD */
#include "target.h"
#include <link.h>

/* The place of an import of this program's own image, by its dynamic section. */
static void **place_of(const char *symbol) {
  const ElfW(Sym) *symbols = NULL;
  const char *strings = NULL;
  const ElfW(Rela) *relocations = NULL;
  size_t size = 0;
  for (const ElfW(Dyn) *d = _DYNAMIC; d->d_tag != DT_NULL; d++) {
    if (d->d_tag == DT_SYMTAB) symbols = (const ElfW(Sym) *)d->d_un.d_ptr;
    if (d->d_tag == DT_STRTAB) strings = (const char *)d->d_un.d_ptr;
    if (d->d_tag == DT_JMPREL) relocations = (const ElfW(Rela) *)d->d_un.d_ptr;
    if (d->d_tag == DT_PLTRELSZ) size = d->d_un.d_val;
  }
  struct link_map *own = _r_debug.r_map;
  for (size_t i = 0; relocations != NULL && i < size / sizeof *relocations; i++) {
    const char *name = strings + symbols[relocations[i].r_info >> 32].st_name;
    if (strcmp(name, symbol) == 0) return (void **)(own->l_addr + relocations[i].r_offset);
  }
  errno = ENOENT;
  fail("no import %s", symbol);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  FileBytes payload = read_file(argv[1]);
  void *code = mmap(NULL, payload.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) fail("mmap");
  memcpy(code, payload.bytes, payload.size);
  if (mprotect(code, payload.size, PROT_READ | PROT_EXEC) != 0) fail("mprotect");
  drop_file(payload);
  strfry(strdup("an import that is bound"));
  void **place = place_of("strfry");
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  void *start = (void *)((uintptr_t)place & ~(page - 1));
  if (mprotect(start, page, PROT_READ | PROT_WRITE) != 0) fail("mprotect of the table");
  *place = code;
  ready(",\"address\":\"%p\",\"symbol\":\"strfry\"", code);
  wait_for_end();
  return 0;
}
