/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin that checks its host against dcc/plugin.h: what its files share, which is an instance,
 * and how it says what is wrong.
 */
#ifndef DCC_HOST_CHECK_H
#define DCC_HOST_CHECK_H

#include <stdatomic.h>

#include "dcc/plugin.h"

#define STR(literal) \
  { (literal), sizeof(literal) - 1 }
enum { MOST_SETTINGS = 64, MOST_RULES = 64, LINE = 400 };

/* How far the host has taken an instance. */
enum { CREATED, ACTIVATING, ACTIVE };

typedef struct instance {
  dcc_plugin plugin;
  const dcc_host* host;
  const dcc_log_v1* log; /* the services; null: not offered */
  const dcc_config_v1* config;
  const dcc_inventory_v1* inventory;
  const dcc_appointments_v1* appointments;
  const dcc_facts_v1* facts;
  const dcc_registry_v1* registry;
  dcc_setting settings[MOST_SETTINGS]; /* what the host showed at create */
  size_t setting_count;
  uint64_t shown; /* a sum of their texts, which stay valid */
  atomic_int state;
  atomic_int in_control; /* calls under way */
  atomic_int in_handler;
  atomic_ulong requests;
  _Atomic(const char*) broken[MOST_RULES]; /* the rules that have been said */
  atomic_int first_state;                  /* 1: it is being written; 2: it is there */
  char first[LINE];                        /* for the answers */
} instance;

/* Says what is wrong, once for each `rule`, a literal: "wrong: RULE: GOT". [any] */
void fault(instance* self, const char* rule, const char* got, ...)
    __attribute__((format(printf, 3, 4)));
void note(instance* self, const char* format, ...) __attribute__((format(printf, 2, 3)));
unsigned fault_count(const instance* self);

/* Is a view's pointer there, if it is not empty? */
void check_view(instance* self, const char* rule, dcc_str view);
/* Is what a function of the host has returned one of `allowed`, a bit for each dcc_status? */
void check_status(instance* self, const char* rule, dcc_status status, unsigned allowed);

/* So that a change shows: of a text, and of those that came before it. */
uint64_t add_to_sum(uint64_t sum, dcc_str text);
uint64_t sum_of_settings(const instance* self);

/* The handler, which asks its host for whatever may go wrong. */
dcc_status host_check_handle(void* self, const dcc_request* request, dcc_call* call);
/* Of 8.14.3. */
dcc_handler handler_of(instance* self);

#endif
