/* Imitates reflective loading: a library laid out in private memory as the loader would, without the loader.
   usage: manual-map LIBRARY header|erased|replaced
   header: its headers stay; erased: its first page is zero; replaced: this process believes it to be its own image */
#include "target.h"
#include <winternl.h>

static void bind_imports(uint8_t *base, IMAGE_NT_HEADERS64 *headers) {
  DWORD at = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress;
  if (!at) return;
  for (IMAGE_IMPORT_DESCRIPTOR *one = (void *)(base + at); one->Name; one++) {
    HMODULE module = LoadLibraryA((char *)base + one->Name);
    uint64_t *slot = (void *)(base + one->FirstThunk);
    for (; *slot; slot++) *slot = (uint64_t)(uintptr_t)GetProcAddress(module, (char *)base + *slot + 2);
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  FileBytes file = read_file(argv[1]);
  IMAGE_NT_HEADERS64 *headers = (void *)(file.bytes + ((IMAGE_DOS_HEADER *)file.bytes)->e_lfanew);
  size_t size = headers->OptionalHeader.SizeOfImage;
  uint8_t *base = VirtualAlloc(NULL, size, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
  if (!base) fail("allocate");
  memcpy(base, file.bytes, headers->OptionalHeader.SizeOfHeaders);
  IMAGE_SECTION_HEADER *sections = IMAGE_FIRST_SECTION(headers);
  DWORD before, code = 0;
  for (int i = 0; i < headers->FileHeader.NumberOfSections; i++)
    memcpy(base + sections[i].VirtualAddress, file.bytes + sections[i].PointerToRawData,
           min(sections[i].SizeOfRawData, sections[i].Misc.VirtualSize));
  bind_imports(base, headers);
  for (int i = 0; i < headers->FileHeader.NumberOfSections; i++) {
    if (!(sections[i].Characteristics & IMAGE_SCN_MEM_EXECUTE)) continue;
    code = sections[i].VirtualAddress;
    if (!VirtualProtect(base + code, sections[i].Misc.VirtualSize, PAGE_EXECUTE_READ, &before)) fail("protect");
  }
  drop_file(file);
  if (is(argv[2], "erased")) SecureZeroMemory(base, 4096);
  if (is(argv[2], "replaced")) {
    uint8_t *block = (uint8_t *)NtCurrentTeb()->ProcessEnvironmentBlock;
    memcpy(block + 0x10, &base, sizeof base);
  }
  ready(",\"address\":\"%p\",\"size\":%llu", (void *)base, (unsigned long long)size);
  wait_for_end();
  return 0;
}
