/* Imitates a plug-in loaded from memory: a shared object in a memfd, opened by the ordinary loader.
   usage: memfd-dlopen SHARED_OBJECT [thread] */
#include "target.h"
#include <dlfcn.h>

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  FileBytes object = read_file(argv[1]);
  int fd = memfd_create("lib", MFD_CLOEXEC);
  if (fd < 0 || write(fd, object.bytes, object.size) != (ssize_t)object.size) fail("memfd");
  size_t size = object.size;
  drop_file(object);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  void *library = dlopen(path, RTLD_NOW);
  if (library == NULL) fail("dlopen %s", dlerror());
  close(fd);
  run_and_wait(dlsym(library, "payload_entry"), size, wants_thread(argc, argv, 2));
  return 0;
}
