/* SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded into a program: kills it when it is about to change a file, or to send to a server, for
 * the nth time, where KILL_AT is n; says at the end how often it did, on standard error.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "real.h"

static atomic_long done;
static long kill_at;

__attribute__((constructor)) static void load(void) {
  const char* at = getenv("KILL_AT");
  if (at != NULL) kill_at = atol(at);
}

__attribute__((destructor)) static void tell(void) {
  fprintf(stderr, "changes: %ld\n", atomic_load(&done));
}

static void change(void) {
  if (atomic_fetch_add(&done, 1) + 1 == kill_at) raise(SIGKILL);
}

EXPORT ssize_t write(int fd, const void* octets, size_t size) {
  REAL(write);
  if (fd > 2) change();
  return real(fd, octets, size);
}

EXPORT ssize_t pwrite(int fd, const void* octets, size_t size, off_t offset) {
  REAL(pwrite);
  change();
  return real(fd, octets, size, offset);
}

EXPORT ssize_t pwrite64(int fd, const void* octets, size_t size, off64_t offset) {
  REAL(pwrite64);
  change();
  return real(fd, octets, size, offset);
}

/* To a server, whose files it changes. */
EXPORT ssize_t send(int fd, const void* octets, size_t size, int flags) {
  REAL(send);
  change();
  return real(fd, octets, size, flags);
}

EXPORT int fsync(int fd) {
  REAL(fsync);
  change();
  return real(fd);
}

EXPORT int fdatasync(int fd) {
  REAL(fdatasync);
  change();
  return real(fd);
}

EXPORT int rename(const char* from, const char* to) {
  REAL(rename);
  change();
  return real(from, to);
}

EXPORT int renameat2(int from_at, const char* from, int to_at, const char* to, unsigned flags) {
  REAL(renameat2);
  change();
  return real(from_at, from, to_at, to, flags);
}

EXPORT int link(const char* from, const char* to) {
  REAL(link);
  change();
  return real(from, to);
}

EXPORT int unlink(const char* file) {
  REAL(unlink);
  change();
  return real(file);
}

EXPORT int remove(const char* file) {
  REAL(remove);
  change();
  return real(file);
}

EXPORT int mkdir(const char* directory, mode_t mode) {
  REAL(mkdir);
  change();
  return real(directory, mode);
}

EXPORT int ftruncate(int fd, off_t size) {
  REAL(ftruncate);
  change();
  return real(fd, size);
}

EXPORT int ftruncate64(int fd, off64_t size) {
  REAL(ftruncate64);
  change();
  return real(fd, size);
}
