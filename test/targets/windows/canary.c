/* A program with secrets: unlike strings in writable memory, on the stack, in the environment, in a document that is mapped
   with an executable bit, in executable memory without code, and behind and between real code.
   usage: canary PAYLOAD DOCUMENT   (canary: one line on stdin; DOCUMENT is overwritten with it) */
#include "target.h"

static size_t fill(char *to, size_t size, const char *canary, const char *place) {
  char one[256];
  size_t at = 0, length = (size_t)snprintf(one, sizeof one, "%s-%s;", canary, place);
  for (; at + length < size; at += length) memcpy(to + at, one, length);
  return at;
}

static void *map_document(const char *path, const char *canary) {
  static char text[64 * 1024];
  DWORD n;
  HANDLE file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, 0, NULL);
  if (file == INVALID_HANDLE_VALUE || !WriteFile(file, text, (DWORD)fill(text, sizeof text, canary, "document"), &n, NULL)) fail(path);
  HANDLE section = CreateFileMappingA(file, NULL, PAGE_EXECUTE_READ, 0, 0, NULL);
  void *view = section ? MapViewOfFile(section, FILE_MAP_READ | FILE_MAP_EXECUTE, 0, 0, 0) : NULL;
  if (!view) fail("map");
  return view;
}

int main(int argc, char **argv) {
  char canary[128] = {0}, stack[4096], one[256];
  if (argc != 3 || fgets(canary, sizeof canary, stdin) == NULL) return 2;
  canary[strcspn(canary, "\r\n")] = 0;
  fill(stack, sizeof stack, canary, "stack");
  snprintf(one, sizeof one, "%s-environment", canary);
  SetEnvironmentVariableA("SECRET", one);
  size_t large = 1 << 20;
  fill(VirtualAlloc(NULL, large, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE), large, canary, "data");
  char *executable = VirtualAlloc(NULL, large, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
  fill(executable, large, canary, "executable");
  void *document = map_document(argv[2], canary);
  FileBytes payload = read_file(argv[1]);
  size_t size = payload.size + 64 * 1024;
  char *mixed = VirtualAlloc(NULL, size, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
  memcpy(mixed, payload.bytes, payload.size);
  uint64_t checksum = run_payload(mixed);
  fill(mixed + payload.size + 16, size - payload.size - 16, canary, "behind");
  size_t length = (size_t)snprintf(one, sizeof one, "%s-between", canary);
  for (size_t page = 0; page + 4096 < payload.size; page += 4096) memcpy(mixed + page + 2000, one, length);
  drop_file(payload);
  ready(",\"address\":\"%p\",\"checksum\":\"%016llx\",\"executable\":\"%p\",\"document\":\"%p\",\"stack\":\"%p\"", (void *)mixed,
        (unsigned long long)checksum, (void *)executable, document, (void *)stack);
  wait_for_end();
  return stack[0] == executable[0] ? 0 : 1;
}
