/* SPDX-License-Identifier: Apache-2.0
 *
 * From the octets of a DUIS request to those of the response: read, decide, write. Arguments: the
 * options of dcch_new() and of dccd_new(), what the adaptor's database knows, the time (Unix
 * milliseconds), and the request's file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcc/duis.h"
#include "dcc/host.h"

#define ROOM 65536 /* enough for a return; an answer of ROOM or more says how much it needs */

/* C has no JSON. Here: the end of a value, and of an object's member the value as it is written. */
static const char* end_of(const char* p) {
  int depth = 0;
  do {
    if (*p == '"')
      while (*++p != '"')
        if (*p == '\\') ++p;
    depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
    ++p;
  } while (depth > 0 || strchr(":,]}", *p) == NULL);
  return p;
}

static int member(const char* object, const char* name, const char** value) {
  const char* p = object;
  while (*++p == '"') {
    const int is_it = strncmp(p + 1, name, strlen(name)) == 0 && p[1 + strlen(name)] == '"';
    *value = end_of(p) + 1;
    p = end_of(*value);
    if (is_it) return (int)(p - *value);
  }
  return 0;
}

static int run(dcch* host, dccd* duis, const char* facts, long long now, const char* request,
               size_t size) {
  static char read[ROOM], message[ROOM], answer[ROOM], fields[ROOM], response[ROOM];
  const char *asked, *reply, *code;

  if (dcch_reload(host, 1) != 0 || dccd_reload(duis, read, ROOM) < 0) return 1;

  int64_t got = dccd_read(duis, request, size, now, now + 2000, read, ROOM);
  if (got < 0 || got >= ROOM) return 1;
  const int asked_size = member(read, "request", &asked);
  const int reply_size = member(read, "response", &reply);
  if (asked_size == 0) { /* not_valid: HTTP 400; signature: HTTP 403; or a response */
    fprintf(stderr, "%s\n", read);
    return 1;
  }

  /* Both are objects: the one without its end, the other without its beginning. */
  snprintf(message, ROOM, "%.*s,\"endpoint\":\"serviceD\",%s", asked_size - 1, asked, facts + 1);
  got = dcch_decide(host, message, strlen(message), answer, ROOM);
  fprintf(stderr, "%s\n", answer);
  if (got < 0 || got >= ROOM) return 1;
  const int code_size = member(answer, "code", &code);
  if (code_size == 0) return 1; /* it asks, or 400, 501, 503, 500 */

  snprintf(fields, ROOM, "%.*s,\"code\":%.*s,\"time\":%lld}", reply_size - 1, reply, code_size,
           code, now);
  got = dccd_write(duis, fields, strlen(fields), response, ROOM);
  if (got < 0 || got >= ROOM) {
    fprintf(stderr, "%s\n", response);
    return 1;
  }
  /* Here an adaptor stores outcome and response, if all that was read still holds. */
  return fwrite(response, 1, (size_t)got, stdout) != (size_t)got;
}

int main(int argc, char** argv) {
  static char request[ROOM];
  char error[1000];
  if (argc != 6) return 2;
  FILE* const file = fopen(argv[5], "rb");
  if (file == NULL) return 2;
  const size_t size = fread(request, 1, ROOM, file);
  fclose(file);

  dcch* const host = dcch_new(argv[1], strlen(argv[1]), error, sizeof error);
  dccd* const duis = host == NULL ? NULL : dccd_new(argv[2], strlen(argv[2]), error, sizeof error);
  if (duis == NULL) fprintf(stderr, "%s\n", error);
  const int failed = duis == NULL || run(host, duis, argv[3], atoll(argv[4]), request, size);
  dccd_free(duis);
  dcch_free(host);
  return failed;
}
