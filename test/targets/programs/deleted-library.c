/* Imitates a dropped library that is removed as soon as it is loaded.
   usage: deleted-library SHARED_OBJECT COPY [thread]; COPY is written, loaded and removed */
#include "target.h"
#include <dlfcn.h>

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  FileBytes object = read_file(argv[1]);
  int out = open(argv[2], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
  if (out < 0 || write(out, object.bytes, object.size) != (ssize_t)object.size || close(out) != 0) fail("write %s", argv[2]);
  size_t size = object.size;
  drop_file(object);
  void *library = dlopen(argv[2], RTLD_NOW);
  if (library == NULL) fail("dlopen %s", dlerror());
  if (unlink(argv[2]) != 0) fail("unlink %s", argv[2]);
  run_and_wait(dlsym(library, "payload_entry"), size, wants_thread(argc, argv, 3));
  return 0;
}
