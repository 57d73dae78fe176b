/* SPDX-License-Identifier: Apache-2.0
 *
 * For a library that is preloaded: its functions stand before those of the C library and call them.
 * Include after _GNU_SOURCE is defined.
 */
#ifndef FAULTS_SHIM_REAL_H
#define FAULTS_SHIM_REAL_H

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

/* real: the C library's function that `name` here stands before. */
#define REAL(name)               \
  static __typeof__(&name) real; \
  if (real == NULL) find(#name, &real)

/* ISO C has no cast from an object's address to a function's; POSIX says that the octets are it. */
static void find(const char* name, void* function) {
  void* found = dlsym(RTLD_NEXT, name);
  if (found == NULL) abort();
  memcpy(function, &found, sizeof found);
}

#endif
