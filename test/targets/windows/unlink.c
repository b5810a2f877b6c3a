/* Imitates hiding a module: the loader's lists forget a library, or know it by another's name.
   usage: unlink LIBRARY hide|rename */
#include "target.h"
#include <winternl.h>

/* The beginning of LDR_DATA_TABLE_ENTRY as ntdll's public symbols have it. */
typedef struct {
  LIST_ENTRY load, memory, initialisation;
  void *base, *entry;
  ULONG size;
  UNICODE_STRING full_name, base_name;
} Entry;

static void leave(LIST_ENTRY *link) {
  link->Blink->Flink = link->Flink;
  link->Flink->Blink = link->Blink;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  HMODULE library = LoadLibraryA(argv[1]);
  if (!library) fail(argv[1]);
  LIST_ENTRY *head = (LIST_ENTRY *)((uint8_t *)NtCurrentTeb()->ProcessEnvironmentBlock->Ldr + 0x10);
  for (LIST_ENTRY *at = head->Flink; at != head; at = at->Flink) {
    Entry *entry = (Entry *)at;
    if (entry->base != library) continue;
    if (is(argv[2], "hide")) {
      leave(&entry->load);
      leave(&entry->memory);
      if (entry->initialisation.Flink) leave(&entry->initialisation);
    } else {
      static WCHAR name[] = L"C:\\windows\\system32\\version.dll";
      entry->full_name = (UNICODE_STRING){sizeof name - 2, sizeof name, name};
    }
    break;
  }
  ready(",\"address\":\"%p\"", (void *)library);
  wait_for_end();
  return 0;
}
