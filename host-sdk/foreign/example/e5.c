/* SPDX-License-Identifier: Apache-2.0
 *
 * From zero to E5: an agent returns a hub that is installed already. The argument is the options.
 */
#include <stdio.h>
#include <string.h>

#include "dcc/host.h"

/* What the request says, and what the adaptor's database knows. */
static const char message[] =
    "{\"srv\": \"8.14.3\", \"service_reference\": \"8.14\", \"command_variant\": 8,"
    " \"endpoint\": \"serviceD\", \"originator\": \"90-B3-D5-1F-30-01-00-00\","
    " \"target\": \"90-B3-D5-1F-30-00-00-02\", \"counter\": \"17\","
    " \"body_element\": \"CHFFaultReturn\","
    " \"items\": [[\"DeviceID\", \"00-DB-12-34-56-78-90-01\"],"
    "  [\"CHFFaultReturnType\", \"Fault identified prior to installation\"]],"
    " \"received_at\": 1767225601000, \"deadline\": 1767225603000,"
    " \"user\": {\"role\": \"SNA\", \"status\": \"Active\", \"revision\": 2},"
    " \"devices\": {\"00-DB-12-34-56-78-90-01\":"
    "  {\"type\": \"CHF\", \"status\": \"Commissioned\", \"revision\": 7}}}";

int main(int argc, char** argv) {
  char out[8192];
  if (argc != 2) return 2;
  dcch* host = dcch_new(argv[1], strlen(argv[1]), out, sizeof out);
  if (host == NULL) {
    fprintf(stderr, "%s\n", out);
    return 1;
  }
  if (dcch_reload(host, 1) != 0) return 1;
  const int64_t size = dcch_decide(host, message, strlen(message), out, sizeof out);
  if (size >= (int64_t)sizeof out) return 1; /* more room is needed; negative: `out` says why */
  puts(out);
  dcch_free(host);
  return size < 0;
}
