/* SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded into a host and whatever else opens its store: notes each write before it is done, with
 * the octets that it replaces, and each sync after it. A power cut is then what the journal's
 * reader makes of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk_journal.h"
#include "real.h"

static disk_journal* journal;
static char files[2][PATH_MAX];

__attribute__((constructor)) static void load(void) {
  const char* file = getenv(DISK_JOURNAL_FILE);
  const char* store = getenv(DISK_STORE_FILE);
  if (file == NULL || store == NULL) return;
  snprintf(files[0], sizeof files[0], "%s", store);
  snprintf(files[1], sizeof files[1], "%s-wal", store);
  const int fd = open(file, O_RDWR | O_CLOEXEC);
  if (fd < 0) abort();
  void* mapped = mmap(NULL, DISK_JOURNAL_CAPACITY, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped == MAP_FAILED) abort();
  journal = mapped;
}

/* Which of the files it is, and how long that is; -1: none. */
static int file_of(int fd, uint64_t* size) {
  struct stat open_file;
  struct stat named;
  if (journal == NULL || fstat(fd, &open_file) != 0 || !S_ISREG(open_file.st_mode)) return -1;
  for (int i = 0; i < 2; ++i) {
    if (stat(files[i], &named) != 0) continue;
    if (named.st_ino != open_file.st_ino || named.st_dev != open_file.st_dev) continue;
    *size = (uint64_t)open_file.st_size;
    return i;
  }
  return -1;
}

/* A process may have been killed between these; what it had not finished counts for nothing. */
static void lock(void) {
  const int error = pthread_mutex_lock(&journal->mutex);
  if (error == EOWNERDEAD) pthread_mutex_consistent(&journal->mutex);
}

static void unlock(void) {
  pthread_mutex_unlock(&journal->mutex);
}

/* Appends, while locked; the old octets are read from fd. */
static void note(disk_record record, int fd, uint64_t old_at) {
  char* place = (char*)(journal + 1) + journal->used;
  const uint64_t whole = sizeof record + (record.old + 7) / 8 * 8;
  if (sizeof *journal + journal->used + whole > DISK_JOURNAL_CAPACITY) abort();
  memcpy(place, &record, sizeof record);
  for (uint64_t done = 0; done < record.old;) {
    const ssize_t got =
        pread64(fd, place + sizeof record + done, record.old - done, (off64_t)(old_at + done));
    if (got <= 0) abort();
    done += (uint64_t)got;
  }
  __atomic_store_n(&journal->used, journal->used + whole, __ATOMIC_RELEASE);
}

EXPORT ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  REAL(pwrite64);
  uint64_t length = 0;
  const int file = file_of(fd, &length);
  if (file < 0) return real(fd, data, size, at);
  lock();
  const uint64_t begin = (uint64_t)at;
  const uint64_t rest = length > begin ? length - begin : 0;
  note((disk_record){.kind = DISK_WRITE,
                     .file = (uint32_t)file,
                     .at = begin,
                     .size = size,
                     .old = rest < size ? rest : size,
                     .file_size = length},
       fd, begin);
  const ssize_t written = real(fd, data, size, at);
  unlock();
  return written;
}

EXPORT int ftruncate64(int fd, off64_t size) {
  REAL(ftruncate64);
  uint64_t length = 0;
  const int file = file_of(fd, &length);
  if (file < 0) return real(fd, size);
  lock();
  const uint64_t end = (uint64_t)size;
  note((disk_record){.kind = DISK_TRUNCATE,
                     .file = (uint32_t)file,
                     .at = end,
                     .old = length > end ? length - end : 0,
                     .file_size = length},
       fd, end);
  const int result = real(fd, size);
  unlock();
  return result;
}

static int synced(int fd, int (*real)(int)) {
  uint64_t length = 0;
  const int file = file_of(fd, &length);
  if (file < 0) return real(fd);
  const uint64_t before = __atomic_load_n(&journal->used, __ATOMIC_ACQUIRE);
  const int result = real(fd);
  if (result != 0) return result;
  lock();
  note((disk_record){.kind = DISK_SYNC, .file = (uint32_t)file, .at = before}, fd, 0);
  unlock();
  return result;
}

EXPORT int fsync(int fd) {
  REAL(fsync);
  return synced(fd, real);
}

EXPORT int fdatasync(int fd) {
  REAL(fdatasync);
  return synced(fd, real);
}
