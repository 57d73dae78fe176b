/* SPDX-License-Identifier: Apache-2.0
 *
 * A host in plain C that offers every service of the contract and answers as it is told. Built from
 * any version of dcc/plugin.h; what a later minor brought stands in #if DCC_ABI_MINOR. One per
 * plugin instance; one thread. What it is called with is checked: see CHECK.
 */
#ifndef CONTRACT_C_HOST_H
#define CONTRACT_C_HOST_H

#include "dcc/plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Counts and prints what does not hold. (Catch2 has its own.) */
#ifndef CHECK
#define CHECK(holds) ((holds) ? (void)0 : failed(__FILE__, __LINE__, #holds))
#endif
extern int failures;
void failed(const char* file, int line, const char* what);

/* The one device and the one User that anybody asks about, and when. */
#define THE_HUB "00-DB-12-34-56-78-90-A2"
enum { THE_AGENT = 7, THE_TIME = 1000 };

struct dcc_call {
  char code[16];
  char reason[256];
  char not_valid[256];
};

typedef struct fake_host {
  dcc_host face;            /* first, so that the one pointer is the other */
  unsigned char beyond[64]; /* rubbish: a plugin that reads past face.size calls or reads this */
  const dcc_setting* settings;
  size_t setting_count;
  dcc_handler handlers[4];
  size_t handler_count;
  unsigned log_lines;
  const char* missing; /* service that is not offered */
  dcc_status device_answer;
  const char *device_type, *device_status;
  dcc_status acts_for_orderer, acts_for_any; /* of the lookup, ... */
  int32_t orderer_answer, any_answer;        /* ... and what it answers */
  int32_t fact_answer;                       /* whether "kind" is offered */
  int is_activating;
  unsigned future_uses; /* of what only the header of 99 minors later has */
} fake_host;

dcc_str str(const char* text);
int is(dcc_str s, const char* text);

/* Offers everything, with a commissioned hub and an agent that acts for everybody. */
void open_host(fake_host* host, const dcc_setting* settings, size_t setting_count);

/* Activates a plugin of this host: meanwhile it may register handlers. */
dcc_status activate(fake_host* host, dcc_plugin* plugin, char* err, size_t err_cap);

/* The host's table of the service, or null. */
const void* service(const dcc_host* host, dcc_str id);

/* Calls a handler with a request of its SRV for this device. */
dcc_status ask(const dcc_handler* handler, const char* role, const char* device_id, dcc_call* out);

#ifdef __cplusplus
}
#endif

#endif
