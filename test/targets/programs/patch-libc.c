/* Imitates tampering with a library in another process, through /proc/PID/mem, which ignores page protection:
   `bytes` replaces a function by "return 0" (as attacks on logging and authentication do); `hook` puts a jump to
   foreign code at its start.
   usage: patch-libc PID FUNCTION bytes | patch-libc PID FUNCTION hook ADDRESS. Prints one line and ends. */
#include "target.h"
#include <dlfcn.h>
#include <link.h>

static uint64_t libc_base(pid_t pid, char *path, size_t room) {
  char name[64], line[4096];
  snprintf(name, sizeof name, "/proc/%d/maps", pid);
  FILE *maps = fopen(name, "re");
  if (maps == NULL) fail("open %s", name);
  while (fgets(line, sizeof line, maps) != NULL) {
    char *slash = strchr(line, '/');
    if (slash == NULL || strstr(slash, "/libc.so.6") == NULL) continue;
    slash[strcspn(slash, "\n")] = 0;
    snprintf(path, room, "%s", slash);
    fclose(maps);
    return strtoull(line, NULL, 16);
  }
  errno = ENOENT;
  fail("no libc in %d", pid);
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  pid_t pid = (pid_t)atoi(argv[1]);
  char path[4096];
  uint64_t base = libc_base(pid, path, sizeof path);
  Dl_info own;
  void *symbol = dlsym(RTLD_DEFAULT, argv[2]);
  if (symbol == NULL || dladdr(symbol, &own) == 0) fail("no function %s", argv[2]);
  uint64_t offset = (uint64_t)((uintptr_t)symbol - (uintptr_t)own.dli_fbase);
  uint8_t patch[16];
  size_t size = 0;
  if (strcmp(argv[3], "hook") == 0 && argc > 4) {
    /* movabs rax, ADDRESS; jmp rax */
    uint64_t to = strtoull(argv[4], NULL, 0);
    patch[size++] = 0x48;
    patch[size++] = 0xb8;
    memcpy(patch + size, &to, 8);
    size += 8;
    patch[size++] = 0xff;
    patch[size++] = 0xe0;
  } else {
    /* xor eax, eax; ret; then what no compiler leaves behind */
    const uint8_t nothing[] = {0x31, 0xc0, 0xc3, 0x0f, 0x0b, 0x0f, 0x0b};
    memcpy(patch, nothing, sizeof nothing);
    size = sizeof nothing;
  }
  char memory[64];
  snprintf(memory, sizeof memory, "/proc/%d/mem", pid);
  int fd = open(memory, O_RDWR | O_CLOEXEC);
  if (fd < 0 || pwrite(fd, patch, size, (off_t)(base + offset)) != (ssize_t)size) fail("write %s", memory);
  close(fd);
  ready(",\"victim\":%d,\"path\":\"%s\",\"address\":\"0x%lx\",\"rva\":%lu,\"size\":%zu", pid, path, base + offset, offset, size);
  return 0;
}
