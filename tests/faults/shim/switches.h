/* SPDX-License-Identifier: Apache-2.0
 *
 * What a test tells the shim in a host's process, in a file that both map. Single words, so that
 * either side reads and writes them at any time. All zero: nothing is wrong.
 */
#ifndef FAULTS_SHIM_SWITCHES_H
#define FAULTS_SHIM_SWITCHES_H

#include <stdint.h>

typedef struct fault_switches {
  /* An errno that calls on regular files get. */
  volatile int32_t write_error; /* write and pwrite: nothing is written */
  volatile int32_t sync_error;  /* fsync and fdatasync: nothing is forced to disk */
  volatile int32_t open_error;  /* opening to write */
  /* One allocation in so many fails; 0: none. */
  volatile int32_t allocations;
  /* Added to the real-time clock, in seconds. */
  volatile int64_t clock_offset;

  /* What the shim tells the test. */
  volatile int64_t failed;   /* calls and allocations that were made to fail */
  volatile int32_t loaded;   /* 1: the shim is there */
  volatile int32_t dumpable; /* the process's PR_GET_DUMPABLE, as of its last write; -1: unknown */
} fault_switches;

/* The environment variable that names the file. */
#define FAULT_SWITCHES_FILE "FAULT_SWITCHES_FILE"

#endif
