/* SPDX-License-Identifier: Apache-2.0
 *
 * What was written to a store and what of it was forced to disk, by all processes that the disk
 * shim is preloaded into: a file that they map, and that is read when all of them are dead.
 */
#ifndef FAULTS_SHIM_DISK_JOURNAL_H
#define FAULTS_SHIM_DISK_JOURNAL_H

#include <pthread.h>
#include <stdint.h>

enum { DISK_JOURNAL_CAPACITY = 1 << 30 }; /* octets of the file, most of them a hole */

enum disk_record_kind {
  DISK_WRITE,    /* `size` octets at `at`; `old` octets that were there follow: less at the end */
  DISK_TRUNCATE, /* to `at`; the `old` octets behind it follow */
  DISK_SYNC      /* whatever is before the journal's octet `at` is on disk */
};

typedef struct disk_record {
  uint32_t kind;
  uint32_t file; /* 0: the database, 1: its log */
  uint64_t at;
  uint64_t size;
  uint64_t old;
  uint64_t file_size; /* before the call */
} disk_record;

typedef struct disk_journal {
  pthread_mutex_t mutex; /* shared between processes, and robust */
  uint64_t used;         /* octets of whole records behind this structure */
} disk_journal;

/* The environment variables that name the journal and the database. */
#define DISK_JOURNAL_FILE "DISK_JOURNAL_FILE"
#define DISK_STORE_FILE "DISK_STORE_FILE"

#endif
