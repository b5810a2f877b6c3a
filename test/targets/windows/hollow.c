/* Imitates process hollowing: a child is created suspended, its code replaced from outside, and then runs on.
   usage: hollow PROGRAM PAYLOAD */
#include "target.h"
#include <winternl.h>

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  STARTUPINFOA startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
  SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
  HANDLE never, held;
  if (!CreatePipe(&never, &held, &inherit, 0)) fail("pipe");
  startup.hStdInput = never;
  startup.hStdOutput = startup.hStdError = CreateFileA("NUL", GENERIC_WRITE, 0, &inherit, OPEN_EXISTING, 0, NULL);
  PROCESS_INFORMATION child;
  if (!CreateProcessA(argv[1], NULL, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &child)) fail(argv[1]);
  Sleep(700); /* it waits for its input by now */
  PROCESS_BASIC_INFORMATION basic;
  if (NtQueryInformationProcess(child.hProcess, ProcessBasicInformation, &basic, sizeof basic, NULL)) fail("query");
  uint8_t *base, page[4096];
  if (!ReadProcessMemory(child.hProcess, (uint8_t *)basic.PebBaseAddress + 0x10, &base, sizeof base, NULL)) fail("read");
  if (!ReadProcessMemory(child.hProcess, base, page, sizeof page, NULL)) fail("read");
  IMAGE_NT_HEADERS64 *headers = (void *)(page + ((IMAGE_DOS_HEADER *)page)->e_lfanew);
  IMAGE_SECTION_HEADER *text = IMAGE_FIRST_SECTION(headers);
  FileBytes payload = read_file(argv[2]);
  /* All of the child's code: its one thread sleeps in a library, and would come back to another program. */
  uint8_t *code = malloc(text->Misc.VirtualSize);
  for (size_t at = 0; at < text->Misc.VirtualSize; at++) code[at] = payload.bytes[at % payload.size];
  DWORD before;
  if (!VirtualProtectEx(child.hProcess, base + text->VirtualAddress, text->Misc.VirtualSize, PAGE_EXECUTE_READWRITE, &before)) fail("protect");
  if (!WriteProcessMemory(child.hProcess, base + text->VirtualAddress, code, text->Misc.VirtualSize, NULL)) fail("write");
  VirtualProtectEx(child.hProcess, base + text->VirtualAddress, text->Misc.VirtualSize, before, &before);
  drop_file((FileBytes){code, text->Misc.VirtualSize});
  drop_file(payload);
  ready(",\"victim\":%lu,\"address\":\"%p\"", child.dwProcessId, (void *)base);
  wait_for_end();
  TerminateProcess(child.hProcess, 0);
  return 0;
}
