/* SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded into a host: lets its disk, its clock and its memory fail when a test says so. It
 * stands where the C library stands for the host, so everything above, SQLite included, runs as
 * shipped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "real.h"
#include "switches.h"

static fault_switches no_switches;
static fault_switches* switches = &no_switches;

__attribute__((constructor)) static void load(void) {
  const char* file = getenv(FAULT_SWITCHES_FILE);
  if (file == NULL) return;
  const int fd = open(file, O_RDWR | O_CLOEXEC);
  if (fd < 0) abort();
  void* mapped = mmap(NULL, sizeof *switches, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped == MAP_FAILED) abort();
  switches = mapped;
  switches->loaded = 1;
}

static int fail_with(int error) {
  __atomic_add_fetch(&switches->failed, 1, __ATOMIC_RELAXED);
  errno = error;
  return -1;
}

static int is_regular(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

EXPORT ssize_t write(int fd, const void* data, size_t size) {
  REAL(write);
  switches->dumpable = prctl(PR_GET_DUMPABLE);
  const int error = switches->write_error;
  if (error != 0 && is_regular(fd)) return fail_with(error);
  return real(fd, data, size);
}

EXPORT ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  REAL(pwrite64);
  const int error = switches->write_error;
  if (error != 0 && is_regular(fd)) return fail_with(error);
  return real(fd, data, size, at);
}

EXPORT int fsync(int fd) {
  REAL(fsync);
  const int error = switches->sync_error;
  if (error != 0 && is_regular(fd)) return fail_with(error);
  return real(fd);
}

EXPORT int fdatasync(int fd) {
  REAL(fdatasync);
  const int error = switches->sync_error;
  if (error != 0 && is_regular(fd)) return fail_with(error);
  return real(fd);
}

EXPORT int open64(const char* file, int flags, ...) {
  REAL(open64);
  mode_t mode = 0;
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
    va_list more;
    va_start(more, flags);
    mode = va_arg(more, mode_t);
    va_end(more);
  }
  const int error = switches->open_error;
  if (error != 0 && (flags & O_ACCMODE) != O_RDONLY) return fail_with(error);
  return real(file, flags, mode);
}

EXPORT int clock_gettime(clockid_t clock, struct timespec* now) {
  REAL(clock_gettime);
  const int result = real(clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += switches->clock_offset;
  return result;
}

EXPORT int gettimeofday(struct timeval* restrict now, void* restrict zone) {
  REAL(gettimeofday);
  const int result = real(now, zone);
  if (result == 0) now->tv_sec += switches->clock_offset;
  return result;
}

EXPORT time_t time(time_t* now) {
  REAL(time);
  const time_t shifted = real(NULL) + switches->clock_offset;
  if (now != NULL) *now = shifted;
  return shifted;
}

/* Memory: the C library's own functions by their other names, because dlsym allocates. */
extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);

static int allocation_fails(void) {
  const int share = switches->allocations;
  if (share == 0) return 0;
  static unsigned count;
  if (__atomic_add_fetch(&count, 1, __ATOMIC_RELAXED) % (unsigned)share != 0) return 0;
  fail_with(ENOMEM);
  return 1;
}

EXPORT void* malloc(size_t size) {
  return allocation_fails() ? NULL : __libc_malloc(size);
}

EXPORT void* calloc(size_t count, size_t size) {
  return allocation_fails() ? NULL : __libc_calloc(count, size);
}

EXPORT void* realloc(void* old, size_t size) {
  return allocation_fails() ? NULL : __libc_realloc(old, size);
}
