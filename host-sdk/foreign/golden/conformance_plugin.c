/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin for the golden messages, where ch-returns has nothing to offer: its one question is of a
 * kind of its own, and what it answers is what that fact says, right or wrong. SRV 8.14.2; the key
 * of the fact "com.example.tariff" is the request's DeviceID; its value "code" is a response code,
 * or "crash", at which the process ends, or "hang", at which the handler never returns.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dcc/plugin.h"

#define STR(literal) \
  { (literal), sizeof(literal) - 1 }

typedef struct instance {
  dcc_plugin plugin;
  const dcc_host* host;
  const dcc_registry_v1* registry;
  const dcc_facts_v1* facts;
} instance;

static int is(dcc_str text, const char* literal) {
  return text.size == strlen(literal) && memcmp(text.data, literal, text.size) == 0;
}

static dcc_status handle(void* self, const dcc_request* request, dcc_call* call) {
  const instance* me = self;
  const dcc_str kind = STR("com.example.tariff"), absent = STR("E19"), why = STR("no tariff");
  for (size_t i = 0; i < request->item_count; ++i) {
    if (!is(request->items[i].path, "DeviceID")) continue;
    dcc_fact fact = {.size = sizeof fact};
    const dcc_status found =
        me->facts->look_up(me->host, call, kind, request->items[i].value, &fact);
    if (found == DCC_NOT_FOUND) {
      me->registry->set_reason(me->host, call, why);
      return me->registry->set_code(me->host, call, absent);
    }
    if (found != DCC_OK) return found;
    for (size_t n = 0; n < fact.value_count; ++n) {
      if (!is(fact.values[n].name, "code")) continue;
      if (is(fact.values[n].value, "crash")) abort();
      while (is(fact.values[n].value, "hang")) pause();
      me->registry->set_code(me->host, call, fact.values[n].value);
    }
    return DCC_OK; /* without an outcome if there was no code, or none that DUIS knows */
  }
  return DCC_INVALID;
}

static dcc_status activate(dcc_plugin* plugin, char* err, size_t err_cap) {
  instance* self = plugin->self;
  const dcc_handler handler = {.size = sizeof handler,
                               .command_variants = 1u << 8,
                               .srv = STR("8.14.2"),
                               .endpoint = STR("serviceD"),
                               .body_element = STR("CHFInstallNoSuccessSMWAN"),
                               .self = self,
                               .handle = handle};
  (void)err;
  (void)err_cap;
  return self->registry->add(self->host, &handler);
}

static void deactivate(dcc_plugin* plugin) {
  (void)plugin;
}

static void destroy(dcc_plugin* plugin) {
  free(plugin->self);
}

static dcc_status create(const dcc_host* host, dcc_plugin** out, char* err, size_t err_cap) {
  const dcc_str registry = STR(DCC_SERVICE_REGISTRY), facts = STR(DCC_SERVICE_FACTS);
  instance* self = calloc(1, sizeof *self);
  (void)err;
  (void)err_cap;
  if (self == NULL) return DCC_INTERNAL;
  const dcc_plugin face = {sizeof face, 0, self, activate, deactivate, destroy};
  self->plugin = face;
  self->host = host;
  self->registry = host->service(host, registry);
  self->facts = host->service(host, facts);
  *out = &self->plugin;
  return DCC_OK;
}

static const dcc_str required[] = {STR(DCC_SERVICE_REGISTRY), STR(DCC_SERVICE_FACTS)};

DCC_PLUGIN_EXPORT const dcc_plugin_entry dcc_plugin_entry_v1 = {
    DCC_PLUGIN_MAGIC, sizeof(dcc_plugin_entry), DCC_ABI_MAJOR, DCC_ABI_MINOR, 2, STR("conformance"),
    STR("1.0"),       STR("conformance"),       required,      create};
