/*
 * What every Windows target does: read a payload file, print one JSON line when it stands as it should, then wait until
 * stdin ends. All of it is harmless; the words of the threat it imitates are in each program's first comment.
 */
#ifndef TARGET_H
#define TARGET_H
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Payloads are built once, for Linux's calling convention: they are code, whatever system holds them. */
typedef uint64_t(__attribute__((sysv_abi)) *PayloadEntry)(uint64_t operation, uint64_t seed);

typedef struct {
  uint8_t *bytes;
  size_t size;
} FileBytes;

__attribute__((noreturn)) static inline void fail(const char *what) {
  fprintf(stderr, "%s: error %lu\n", what, GetLastError());
  exit(1);
}

static inline FileBytes read_file(const char *path) {
  HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
  if (file == INVALID_HANDLE_VALUE) fail(path);
  FileBytes content = {NULL, GetFileSize(file, NULL)};
  content.bytes = malloc(content.size);
  DWORD n = 0;
  if (!ReadFile(file, content.bytes, (DWORD)content.size, &n, NULL) || n != content.size) fail(path);
  CloseHandle(file);
  return content;
}

/* The copy that was read must not be found instead of what was planted. */
static inline void drop_file(FileBytes file) {
  SecureZeroMemory(file.bytes, file.size);
  free(file.bytes);
}

static inline uint64_t run_payload(const void *code) {
  PayloadEntry entry;
  memcpy(&entry, &code, sizeof entry);
  return entry(0, 1);
}

/* One line, flushed at once: the harness reads exactly one. */
__attribute__((format(gnu_printf, 1, 2))) static inline void ready(const char *format, ...) {
  va_list arguments;
  printf("{\"pid\":%lu", GetCurrentProcessId());
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("}\n");
  fflush(stdout);
}

static inline void wait_for_end(void) {
  char buffer[256];
  DWORD n;
  while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), buffer, sizeof buffer, &n, NULL) && n > 0) continue;
}

static inline int is(const char *argument, const char *word) { return strcmp(argument, word) == 0; }

/* Code that sleeps for ever: sub rsp,0x28; mov ecx,-1; mov rax,Sleep; call rax; jmp back. Returns its length. */
static inline size_t write_sleeper(uint8_t *to) {
  static const uint8_t code[] = {0x48, 0x83, 0xec, 0x28, 0xb9, 0xff, 0xff, 0xff, 0xff, 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xd0, 0xeb, 0xed};
  FARPROC sleep = GetProcAddress(GetModuleHandleA("kernel32"), "Sleep");
  memcpy(to, code, sizeof code);
  memcpy(to + 11, &sleep, sizeof sleep);
  return sizeof code;
}
#endif
