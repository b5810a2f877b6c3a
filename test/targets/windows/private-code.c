/* Imitates a loader that unpacks a stage into memory of its own process.
   usage: private-code PAYLOAD rwx|rx|mapped|noaccess|thread|return
   rwx, rx: private memory, writable and executable, or first writable and then executable
   mapped: a mapping of the page file
   noaccess: private memory that nobody may read until it is woken
   thread: a thread was started in it and sleeps; return: a thread of the program sleeps in it */
#include "target.h"

static uint8_t *sleeper;

static DWORD WINAPI enter(void *unused) {
  (void)unused;
  LPTHREAD_START_ROUTINE start;
  memcpy(&start, &sleeper, sizeof start);
  return start(NULL);
}

static uint8_t *place(FileBytes payload, size_t size, const char *how) {
  if (is(how, "mapped")) {
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_EXECUTE_READWRITE, 0, (DWORD)size, NULL);
    uint8_t *view = section ? MapViewOfFile(section, FILE_MAP_WRITE | FILE_MAP_READ | FILE_MAP_EXECUTE, 0, 0, size) : NULL;
    if (!view) fail("map");
    memcpy(view, payload.bytes, payload.size);
    return view;
  }
  int always = is(how, "rwx") || is(how, "noaccess");
  uint8_t *code = VirtualAlloc(NULL, size, MEM_COMMIT | MEM_RESERVE, always ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE);
  if (!code) fail("allocate");
  memcpy(code, payload.bytes, payload.size);
  sleeper = code + payload.size;
  write_sleeper(sleeper);
  DWORD before;
  if (!always && !VirtualProtect(code, size, PAGE_EXECUTE_READ, &before)) fail("protect");
  return code;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  FileBytes payload = read_file(argv[1]);
  size_t size = payload.size + 64;
  uint8_t *code = place(payload, size, argv[2]);
  drop_file(payload);
  uint64_t checksum = run_payload(code);
  DWORD tid = 0, before;
  if (is(argv[2], "thread") || is(argv[2], "return")) {
    LPTHREAD_START_ROUTINE start = enter;
    if (is(argv[2], "thread")) memcpy(&start, &sleeper, sizeof start);
    if (!CreateThread(NULL, 0, start, NULL, 0, &tid)) fail("thread");
    Sleep(200);
  }
  if (is(argv[2], "noaccess") && !VirtualProtect(code, size, PAGE_NOACCESS, &before)) fail("protect");
  ready(",\"address\":\"%p\",\"size\":%llu,\"checksum\":\"%016llx\",\"tid\":%lu", (void *)code, (unsigned long long)size, (unsigned long long)checksum, tid);
  wait_for_end();
  return 0;
}
