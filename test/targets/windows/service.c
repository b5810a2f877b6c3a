/* Starts a program as a service manager does: without a console, without standard handles, in the system's folder, and tells how
   it ended.
   usage: service COMMAND_LINE */
#include "target.h"

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  STARTUPINFOA start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES};
  PROCESS_INFORMATION made;
  if (!CreateProcessA(NULL, argv[1], NULL, NULL, FALSE, DETACHED_PROCESS, NULL, "C:\\windows\\system32", &start, &made)) fail("start");
  DWORD code = 0;
  WaitForSingleObject(made.hProcess, INFINITE);
  if (!GetExitCodeProcess(made.hProcess, &code)) fail("status");
  ready(",\"code\":%lu", code);
  wait_for_end();
  return 0;
}
