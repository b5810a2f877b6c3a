/*
 * The second stage of programs/multi-stage.c: code that runs at any address without libc. It writes a third stage into
 * another process, makes it executable there, and goes away; the other process goes on as before. The victim's own text
 * is never changed: it waits in a system call, so its program counter stands behind a syscall instruction.
 *
 * payload_entry(pid, bytes, size): the address in the victim, or a negative errno.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

typedef int64_t i64;
typedef uint64_t u64;
typedef struct user_regs_struct Registers;

enum { SYS_MPROTECT = 10, SYS_MMAP = 9, SYS_WAIT4 = 61, SYS_PTRACE = 101, SYS_VM_WRITE = 311 };
enum { GET_REGISTERS = 12, SET_REGISTERS = 13, DETACH = 17, SINGLE_STEP = 9, SEIZE = 0x4206, INTERRUPT = 0x4207 };
enum { READ_WRITE = 3, READ_EXECUTE = 5, PRIVATE_ANONYMOUS = 0x22, WAIT_ALL = 0x40000000, AGAIN = -11, PAGE = 4096 };

static inline i64 call(u64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
  register u64 r10 __asm__("r10") = d;
  register u64 r8 __asm__("r8") = e;
  register u64 r9 __asm__("r9") = f;
  i64 result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}

static i64 trace(u64 request, u64 pid, void *data) { return call(SYS_PTRACE, request, pid, 0, (u64)data, 0, 0); }

static i64 stopped(u64 pid) {
  int status = 0;
  i64 got = call(SYS_WAIT4, pid, (u64)&status, WAIT_ALL, 0, 0, 0);
  if (got < 0) return got;
  return (status & 0xff) == 0x7f ? 0 : AGAIN;
}

static i64 remote(u64 pid, const Registers *saved, u64 number, u64 a, u64 b, u64 c, u64 d) {
  Registers now = *saved;
  now.rip = saved->rip - 2;
  now.rax = number;
  now.orig_rax = (u64)-1;
  now.rdi = a;
  now.rsi = b;
  now.rdx = c;
  now.r10 = d;
  now.r8 = (u64)-1;
  now.r9 = 0;
  i64 failed = trace(SET_REGISTERS, pid, &now);
  if (failed == 0) failed = trace(SINGLE_STEP, pid, NULL);
  if (failed == 0) failed = stopped(pid);
  if (failed == 0) failed = trace(GET_REGISTERS, pid, &now);
  return failed < 0 ? failed : (i64)now.rax;
}

static i64 inject(u64 pid, const Registers *saved, u64 bytes, u64 size) {
  u64 pages = (size + PAGE - 1) & ~(u64)(PAGE - 1);
  i64 at = remote(pid, saved, SYS_MMAP, 0, pages, READ_WRITE, PRIVATE_ANONYMOUS);
  if (at < 0) return at;
  struct {
    u64 base;
    u64 length;
  } from = {bytes, size}, to = {(u64)at, size};
  i64 written = call(SYS_VM_WRITE, pid, (u64)&from, 1, (u64)&to, 1, 0);
  if (written < 0) return written;
  if ((u64)written != size) return AGAIN;
  i64 failed = remote(pid, saved, SYS_MPROTECT, (u64)at, pages, READ_EXECUTE, 0);
  return failed < 0 ? failed : at;
}

__attribute__((section(".text.entry"), visibility("default"))) i64 payload_entry(u64 pid, u64 bytes, u64 size) {
  Registers saved;
  i64 failed = trace(SEIZE, pid, NULL);
  if (failed < 0) return failed;
  failed = trace(INTERRUPT, pid, NULL);
  if (failed == 0) failed = stopped(pid);
  if (failed == 0) failed = trace(GET_REGISTERS, pid, &saved);
  if (failed < 0) return failed;
  i64 at = inject(pid, &saved, bytes, size);
  failed = trace(SET_REGISTERS, pid, &saved);
  i64 left = trace(DETACH, pid, NULL);
  return failed < 0 ? failed : left < 0 ? left : at;
}
