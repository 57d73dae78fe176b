/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host_check.h"

static void write_line(instance* self, int32_t level, const char* line) {
  const dcc_str text = {line, strlen(line)};
  if (self->log != NULL && self->log->write != NULL) self->log->write(self->host, level, text);
}

/* Whether this is the first time. */
static int is_new(instance* self, const char* rule) {
  for (size_t i = 0; i < MOST_RULES; ++i) {
    const char* there = NULL;
    if (atomic_compare_exchange_strong(&self->broken[i], &there, rule)) return 1;
    if (there == rule) return 0;
  }
  return 0;
}

void fault(instance* self, const char* rule, const char* got, ...) {
  char line[LINE];
  int nobody = 0;
  va_list values;
  if (!is_new(self, rule)) return;
  const int begin = snprintf(line, sizeof line, "wrong: %s: ", rule);
  va_start(values, got);
  vsnprintf(line + begin, sizeof line - (size_t)begin, got, values);
  va_end(values);
  write_line(self, DCC_LOG_ERROR, line);
  if (atomic_compare_exchange_strong(&self->first_state, &nobody, 1)) {
    memcpy(self->first, line, sizeof line);
    self->first_state = 2;
  }
}

void note(instance* self, const char* format, ...) {
  char line[LINE];
  va_list values;
  va_start(values, format);
  vsnprintf(line, sizeof line, format, values);
  va_end(values);
  write_line(self, DCC_LOG_INFO, line);
}

unsigned fault_count(const instance* self) {
  unsigned count = 0;
  while (count < MOST_RULES && self->broken[count] != NULL) ++count;
  return count;
}

void check_view(instance* self, const char* rule, dcc_str view) {
  if (view.data == NULL && view.size > 0) {
    fault(self, rule, "null, with size %zu: expected a pointer, or size 0", view.size);
  }
}

void check_status(instance* self, const char* rule, dcc_status status, unsigned allowed) {
  char expected[64] = "";
  if (status >= 0 && status < 32 && (allowed & 1u << status) != 0) return;
  for (unsigned i = 0; i <= DCC_INTERNAL; ++i) {
    const size_t used = strlen(expected);
    if ((allowed & 1u << i) == 0) continue;
    snprintf(expected + used, sizeof expected - used, used == 0 ? "%u" : " or %u", i);
  }
  fault(self, rule, "returned %d: expected %s", status, expected);
}

uint64_t add_to_sum(uint64_t sum, dcc_str text) {
  for (size_t i = 0; text.data != NULL && i < text.size; ++i)
    sum = (sum ^ (unsigned char)text.data[i]) * 0x100000001B3u;
  return (sum ^ text.size) * 0x100000001B3u;
}
