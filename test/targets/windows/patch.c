/* Imitates tampering with code that is loaded: a function of kernel32 is changed.
   usage: patch PAYLOAD byte|five|twelve|import|export
   byte: one byte; five: a jump to code in private memory within reach; twelve: mov rax, address; jmp rax
   import: this program's import slot of the function; export: kernel32's export table */
#include "target.h"

static uint8_t *function_named(const char *name) {
  FARPROC address = GetProcAddress(GetModuleHandleA("kernel32"), name);
  uint8_t *code;
  memcpy(&code, &address, sizeof code);
  return code;
}

static void overwrite(void *at, const void *bytes, size_t size) {
  DWORD before;
  if (!VirtualProtect(at, size, PAGE_EXECUTE_READWRITE, &before)) fail("protect");
  memcpy(at, bytes, size);
  VirtualProtect(at, size, before, &before);
}

/* Memory within reach of a 32-bit displacement above a module. */
static uint8_t *allocate_near(uint8_t *module, size_t size) {
  for (uint8_t *at = module + 0x1000000; at < module + 0x70000000; at += 0x10000) {
    uint8_t *got = VirtualAlloc(at, size, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);
    if (got) return got;
  }
  fail("allocate");
}

static void **import_slot(const char *name) {
  uint8_t *base = (uint8_t *)GetModuleHandleA(NULL);
  IMAGE_NT_HEADERS64 *headers = (void *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
  IMAGE_IMPORT_DESCRIPTOR *one = (void *)(base + headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress);
  for (; one->Name; one++) {
    uint64_t *names = (void *)(base + one->OriginalFirstThunk);
    void **slots = (void *)(base + one->FirstThunk);
    for (int i = 0; names[i]; i++)
      if (!(names[i] >> 63) && is((char *)base + names[i] + 2, name)) return &slots[i];
  }
  fail("import");
}

static void change_export(uint8_t *base, uint8_t *function, uint8_t *target) {
  IMAGE_NT_HEADERS64 *headers = (void *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
  IMAGE_EXPORT_DIRECTORY *table = (void *)(base + headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_EXPORT].VirtualAddress);
  DWORD *functions = (void *)(base + table->AddressOfFunctions), rva = (DWORD)(target - base);
  for (DWORD i = 0; i < table->NumberOfFunctions; i++)
    if (base + functions[i] == function) overwrite(&functions[i], &rva, sizeof rva);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  uint8_t *module = (uint8_t *)GetModuleHandleA("kernel32");
  /* Called once, so that the program has an import slot of it; from now on nobody calls it. */
  uint8_t *function = function_named("GetSystemPowerStatus");
  SYSTEM_POWER_STATUS status;
  GetSystemPowerStatus(&status);
  FileBytes payload = read_file(argv[1]);
  uint8_t *code = allocate_near(module, payload.size);
  memcpy(code, payload.bytes, payload.size);
  drop_file(payload);
  if (is(argv[2], "byte")) {
    uint8_t other = function[8] ^ 0x01;
    overwrite(function + 8, &other, 1);
  } else if (is(argv[2], "five")) {
    uint8_t jump[5] = {0xe9};
    int32_t distance = (int32_t)(code - (function + 5));
    memcpy(jump + 1, &distance, 4);
    overwrite(function, jump, sizeof jump);
  } else if (is(argv[2], "twelve")) {
    uint8_t jump[12] = {0x48, 0xb8, [10] = 0xff, 0xe0};
    memcpy(jump + 2, &code, 8);
    overwrite(function, jump, sizeof jump);
  } else if (is(argv[2], "import")) {
    overwrite(import_slot("GetSystemPowerStatus"), &code, sizeof code);
  } else if (is(argv[2], "export")) {
    change_export(module, function, code);
  } else {
    return 2;
  }
  ready(",\"address\":\"%p\"", (void *)code);
  wait_for_end();
  return 0;
}
