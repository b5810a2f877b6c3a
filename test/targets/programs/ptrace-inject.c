/* Imitates injection by ptrace: stops another process, makes it map memory, writes the payload into it, makes it
   executable, lets a new thread of the victim run it or only leaves it there, and goes away. The victim's own text is
   never changed: it is blocked in a system call, so its program counter stands behind a syscall instruction, which is
   used again.
   usage: ptrace-inject PID PAYLOAD thread|rest. Prints one line and ends; the victim goes on waiting. */
#include "target.h"
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#define STACK_SIZE (256 * 1024)

static int wait_stop(pid_t tid) {
  int status;
  if (waitpid(tid, &status, __WALL) != tid || !WIFSTOPPED(status)) fail("waitpid");
  return status;
}

/* One system call of the victim. `saved` stands behind a syscall instruction. */
static long remote_call(pid_t pid, const struct user_regs_struct *saved, long number, const uint64_t arguments[6]) {
  struct user_regs_struct regs = *saved;
  regs.rip = saved->rip - 2;
  regs.rax = (uint64_t)number;
  /* No system call is to be restarted by the kernel when this one begins. */
  regs.orig_rax = (uint64_t)-1;
  regs.rdi = arguments[0];
  regs.rsi = arguments[1];
  regs.rdx = arguments[2];
  regs.r10 = arguments[3];
  regs.r8 = arguments[4];
  regs.r9 = arguments[5];
  if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) != 0 || ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0) fail("remote system call");
  int status = wait_stop(pid);
  if (status >> 8 == (SIGTRAP | PTRACE_EVENT_CLONE << 8)) {
    if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0) fail("step over clone");
    wait_stop(pid);
  }
  if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) != 0) fail("registers");
  return (long)regs.rax;
}

static uint64_t remote_map(pid_t pid, const struct user_regs_struct *saved, size_t size) {
  long at = remote_call(pid, saved, SYS_mmap, (uint64_t[6]){0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0});
  if (at < 0 && at > -4096) {
    errno = (int)-at;
    fail("remote mmap");
  }
  return (uint64_t)at;
}

static int remote_thread(pid_t pid, const struct user_regs_struct *saved, uint64_t code, uint64_t stack) {
  uint64_t flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
  uint64_t top = (stack + STACK_SIZE - 64) & ~15ul;
  long tid = remote_call(pid, saved, SYS_clone, (uint64_t[6]){flags, top, 0, 0, 0, 0});
  if (tid <= 0) {
    errno = (int)-tid;
    fail("remote clone");
  }
  unsigned long id;
  struct user_regs_struct regs;
  wait_stop((pid_t)tid);
  if (ptrace(PTRACE_GETREGS, tid, NULL, &regs) != 0) fail("thread registers");
  regs.rip = code;
  regs.rsp = top - 8;
  regs.orig_rax = (uint64_t)-1;
  regs.rdi = 1;
  regs.rsi = 1;
  id = (unsigned long)tid;
  if (ptrace(PTRACE_SETREGS, tid, NULL, &regs) != 0 || ptrace(PTRACE_DETACH, tid, NULL, NULL) != 0) fail("thread %lu", id);
  return (int)tid;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  pid_t pid = (pid_t)atoi(argv[1]);
  FileBytes payload = read_file(argv[2]);
  int with_thread = wants_thread(argc, argv, 3);
  if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACECLONE) != 0) fail("seize %d", pid);
  if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0) fail("interrupt");
  wait_stop(pid);
  struct user_regs_struct saved;
  if (ptrace(PTRACE_GETREGS, pid, NULL, &saved) != 0) fail("registers");
  long before = ptrace(PTRACE_PEEKTEXT, pid, (void *)(saved.rip - 2), NULL);
  if ((before & 0xffff) != 0x050f) {
    errno = EAGAIN;
    fail("the victim is not in a system call");
  }
  uint64_t code = remote_map(pid, &saved, payload.size);
  for (size_t at = 0; at < payload.size; at += 8) {
    long word = 0;
    memcpy(&word, payload.bytes + at, payload.size - at < 8 ? payload.size - at : 8);
    if (ptrace(PTRACE_POKEDATA, pid, (void *)(code + at), (void *)word) != 0) fail("poke");
  }
  if (remote_call(pid, &saved, SYS_mprotect, (uint64_t[6]){code, whole_pages(payload.size), PROT_READ | PROT_EXEC, 0, 0, 0}) != 0) fail("remote mprotect");
  int tid = 0;
  if (with_thread) tid = remote_thread(pid, &saved, code, remote_map(pid, &saved, STACK_SIZE));
  if (ptrace(PTRACE_SETREGS, pid, NULL, &saved) != 0 || ptrace(PTRACE_DETACH, pid, NULL, NULL) != 0) fail("detach");
  ready(",\"victim\":%d,\"address\":\"0x%lx\",\"size\":%zu,\"tid\":%d", pid, code, payload.size, tid);
  return 0;
}
