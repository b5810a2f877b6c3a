/*
 * What every target program does: read a payload file, print one JSON line when it stands as it should, then wait
 * until stdin ends. All of it is harmless; the words of the threat it imitates are in each program's first comment.
 */
#ifndef TARGET_H
#define TARGET_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef uint64_t (*PayloadEntry)(uint64_t operation, uint64_t seed);

typedef struct {
  uint8_t *bytes;
  size_t size;
} FileBytes;

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, ": %s\n", strerror(errno));
  exit(1);
}

/* The file is read with read(2) into a private writable mapping, so that no executable trace of it remains. */
static inline FileBytes read_file(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (fd < 0 || fstat(fd, &status) != 0) fail("open %s", path);
  FileBytes file = {mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), (size_t)status.st_size};
  if (file.bytes == MAP_FAILED) fail("mmap for %s", path);
  for (size_t done = 0; done < file.size;) {
    ssize_t n = read(fd, file.bytes + done, file.size - done);
    if (n <= 0) fail("read %s", path);
    done += (size_t)n;
  }
  close(fd);
  return file;
}

static inline void drop_file(FileBytes file) { munmap(file.bytes, file.size); }

static inline size_t whole_pages(size_t size) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return (size + page - 1) / page * page;
}

static inline PayloadEntry entry_of(const void *code) {
  PayloadEntry entry;
  memcpy(&entry, &code, sizeof entry);
  return entry;
}

static inline void wait_for_end(void) {
  char buffer[256];
  ssize_t n;
  do n = read(0, buffer, sizeof buffer);
  while (n > 0 || (n < 0 && errno == EINTR));
}

/* One line, flushed at once: the harness reads exactly one. */
__attribute__((format(printf, 1, 2))) static void ready(const char *format, ...) {
  va_list arguments;
  printf("{\"pid\":%d", (int)getpid());
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("}\n");
  fflush(stdout);
}

typedef struct {
  PayloadEntry entry;
  int ready_pipe;
} ParkedThread;

static inline void *parked_main(void *argument) {
  ParkedThread parked = *(ParkedThread *)argument;
  int tid = (int)syscall(SYS_gettid);
  if (write(parked.ready_pipe, &tid, sizeof tid) != sizeof tid) _exit(1);
  parked.entry(1, 1);
  return NULL;
}

/* Starts a thread that computes and then sleeps inside the payload. Returns its thread id. */
static inline int park_thread(PayloadEntry entry) {
  static ParkedThread parked;
  int pipes[2], tid = 0;
  pthread_t thread;
  if (pipe(pipes) != 0) fail("pipe");
  parked = (ParkedThread){entry, pipes[1]};
  if (pthread_create(&thread, NULL, parked_main, &parked) != 0) fail("pthread_create");
  if (read(pipes[0], &tid, sizeof tid) != sizeof tid) fail("read thread id");
  close(pipes[0]);
  close(pipes[1]);
  return tid;
}

/* Runs the payload once and reports; with "thread" as an argument a thread stays in it. */
static inline void run_and_wait(const void *code, size_t size, int with_thread) {
  uint64_t checksum = entry_of(code)(0, 1);
  int tid = with_thread ? park_thread(entry_of(code)) : 0;
  if (tid) ready(",\"address\":\"%p\",\"size\":%zu,\"checksum\":\"%016lx\",\"tid\":%d", code, size, checksum, tid);
  else ready(",\"address\":\"%p\",\"size\":%zu,\"checksum\":\"%016lx\"", code, size, checksum);
  wait_for_end();
}

static inline int wants_thread(int argc, char **argv, int at) { return argc > at && strcmp(argv[at], "thread") == 0; }
#endif
