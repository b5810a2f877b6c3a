/* A library that holds a payload in its code, and imports a few functions so that it has an import table. PAYLOAD is the
   path of a flat payload. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

__asm__(".text\n.p2align 4\n.globl held_payload\nheld_payload:\n.incbin \"" PAYLOAD "\"\n.p2align 4\n");

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved) {
  (void)self, (void)reason, (void)reserved;
  return TRUE;
}

/* The name by which a runtime is recognised; here it does nothing. */
__declspec(dllexport) int coreclr_initialize(void) {
  char path[8];
  SetLastError(GetCurrentThreadId() + GetTickCount() + GetCurrentProcessId() + GetTempPathA(sizeof path, path));
  return 0;
}
