/* Imitates stomping: a library is mapped as an image without loading it, and its code may then be another's.
   usage: section-image LIBRARY clean|stomped PAYLOAD
   clean is what programs do that read a library's resources: a negative control */
#include "target.h"

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  HANDLE file = CreateFileA(argv[1], GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
  HANDLE section = CreateFileMappingA(file, NULL, PAGE_READONLY | SEC_IMAGE, 0, 0, NULL);
  uint8_t *base = section ? MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0) : NULL;
  if (!base) fail("map");
  if (is(argv[2], "stomped")) {
    IMAGE_NT_HEADERS64 *headers = (void *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
    IMAGE_SECTION_HEADER *text = IMAGE_FIRST_SECTION(headers);
    FileBytes payload = read_file(argv[3]);
    size_t size = min(payload.size, text->Misc.VirtualSize);
    DWORD before;
    if (!VirtualProtect(base + text->VirtualAddress, text->Misc.VirtualSize, PAGE_READWRITE, &before)) fail("protect");
    memcpy(base + text->VirtualAddress, payload.bytes, size);
    if (!VirtualProtect(base + text->VirtualAddress, text->Misc.VirtualSize, PAGE_EXECUTE_READ, &before)) fail("protect");
    drop_file(payload);
  }
  ready(",\"address\":\"%p\"", (void *)base);
  wait_for_end();
  return 0;
}
