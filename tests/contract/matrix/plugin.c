/* SPDX-License-Identifier: Apache-2.0
 *
 * A plugin of the matrix in plain C: the rule of SECMP0039, roughly, over every service. Built from
 * any version of dcc/plugin.h, as C99 to C17; what a later minor brought stands in
 * #if DCC_ABI_MINOR, and is looked for before it is used.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dcc/plugin.h"

#define STR(literal) \
  { (literal), sizeof(literal) - 1 }

/* Does the struct that was given reach to the end of the field? */
#define HAS(given, type, field) ((given)->size >= offsetof(type, field) + sizeof((given)->field))

typedef struct instance {
  dcc_plugin plugin;
  const dcc_host* host;
  const dcc_log_v1* log;
  const dcc_registry_v1* registry;
  const dcc_inventory_v1* inventory;
  const dcc_appointments_v1* appointments;
#if DCC_ABI_MINOR >= 99
  const dcc_inventory_v2* inventory_2; /* null: the host is older */
#endif
  char status_code[16];
} instance;

static dcc_str str(const char* text) {
  dcc_str s;
  s.data = text;
  s.size = strlen(text);
  return s;
}

static int is(dcc_str s, const char* text) {
  return s.size == strlen(text) && memcmp(s.data, text, s.size) == 0;
}

static const void* service(const dcc_host* host, const char* id) {
  return host->service(host, str(id));
}

static dcc_status answer(const instance* self, dcc_call* call, const char* code,
                         const char* reason) {
  const dcc_status status = self->registry->set_code(self->host, call, str(code));
  return status == DCC_OK ? self->registry->set_reason(self->host, call, str(reason)) : status;
}

/* 1: `out` is the EUI-64 in the item DeviceID. */
static int device_of(const dcc_request* request, uint64_t* out) {
  size_t i;
  for (i = 0; i < request->item_count; ++i) {
    unsigned octets[8];
    char text[24];
    int end = 0;
    size_t k;
    if (!is(request->items[i].path, "DeviceID") || request->items[i].value.size != 23) continue;
    memcpy(text, request->items[i].value.data, 23);
    text[23] = '\0';
    if (sscanf(text, "%2x-%2x-%2x-%2x-%2x-%2x-%2x-%2x%n", &octets[0], &octets[1], &octets[2],
               &octets[3], &octets[4], &octets[5], &octets[6], &octets[7], &end) != 8 ||
        end != 23) {
      return 0;
    }
    *out = 0;
    for (k = 0; k < 8; ++k) *out = *out << 8 | octets[k];
    return 1;
  }
  return 0;
}

static dcc_status look_up(const instance* self, dcc_call* call, uint64_t id, dcc_device* out) {
  out->size = sizeof *out;
#if DCC_ABI_MINOR >= 99
  if (self->inventory_2) return self->inventory_2->device(self->host, call, id, out);
#endif
  return self->inventory->device(self->host, call, id, out);
}

static dcc_status decide_agent(const instance* self, const dcc_request* request, dcc_call* call,
                               uint64_t id, const dcc_device* device) {
  int32_t acts = 0;
  dcc_status told;
  if (!is(device->status, "Pending")) return answer(self, call, self->status_code, "not Pending");
  told = self->appointments->acts_for_orderer(self->host, call, request->originator, id,
                                              request->received_at, &acts);
  if (told != DCC_OK) return DCC_UNAVAILABLE;
  if (acts == DCC_NO) return answer(self, call, "E4", "not confirmed");
  return acts == DCC_YES ? answer(self, call, "I99", "confirmed") : DCC_UNAVAILABLE;
}

static dcc_status handle(void* handler_self, const dcc_request* request, dcc_call* call) {
  static const unsigned char untouched[16] = {0};
  const instance* self = handler_self;
  struct {
    dcc_device device;
    unsigned char beyond[16]; /* not the host's to write */
  } given;
  dcc_status found;
  uint64_t id = 0;
  if (!HAS(request, dcc_request, deadline)) return DCC_INVALID;
#if DCC_ABI_MINOR >= 99
  if (HAS(request, dcc_request, future_field) && request->future_field != 99) return DCC_INTERNAL;
#endif
  if (!device_of(request, &id)) {
    return self->registry->set_not_valid(self->host, call, str("DeviceID is no EUI-64"));
  }
  if (is(request->user_role, "MDR")) return answer(self, call, "E2", "role");
  memset(&given, 0, sizeof given);
  found = look_up(self, call, id, &given.device);
  if (memcmp(given.beyond, untouched, sizeof untouched) != 0) return DCC_INTERNAL;
  if (found == DCC_NOT_FOUND) return answer(self, call, "E19", "not in the inventory");
  if (found != DCC_OK) return DCC_UNAVAILABLE;
#if DCC_ABI_MINOR >= 99
  /* Filled by a host that knows it, which is one that offers /2; else as it was. */
  if (given.device.future_field != (self->inventory_2 ? 99u : 0u)) return DCC_INTERNAL;
#endif
  if (!is(given.device.type, "CHF")) return answer(self, call, "E11", "not a hub");
  if (!is(request->user_role, "SNA")) return answer(self, call, "I99", "Supplier");
  return decide_agent(self, request, call, id, &given.device);
}

static dcc_status add(instance* self, const char* srv, const char* body_element) {
  dcc_handler handler;
  memset(&handler, 0, sizeof handler);
  handler.size = sizeof handler;
  handler.command_variants = 1u << 8;
  handler.srv = str(srv);
  handler.endpoint = str("serviceD");
  handler.body_element = str(body_element);
  handler.self = self;
  handler.handle = handle;
#if DCC_ABI_MINOR >= 99
  handler.future_field = 99;
#endif
  return self->registry->add(self->host, &handler);
}

static dcc_status activate(dcc_plugin* plugin, char* err, size_t err_cap) {
  instance* self = plugin->self;
  dcc_status status = add(self, "8.14.3", "CHFFaultReturn");
  if (status == DCC_OK) status = add(self, "8.14.4", "CHFNoFaultReturn");
  if (status != DCC_OK) snprintf(err, err_cap, "the host does not take a handler");
  self->log->write(self->host, DCC_LOG_INFO, str("activate"));
  return status;
}

static void deactivate(dcc_plugin* plugin) {
  instance* self = plugin->self;
  self->log->write(self->host, DCC_LOG_INFO, str("deactivate"));
}

static void destroy(dcc_plugin* plugin) {
  instance* self = plugin->self;
  self->log->write(self->host, DCC_LOG_INFO, str("destroy"));
  free(self);
}

#if DCC_ABI_MINOR >= 99
static dcc_status future_slot(const dcc_plugin* plugin, uint64_t* out) {
  (void)plugin;
  *out = 99;
  return DCC_OK;
}

/* What a host of that minor has, used if this host has it. */
static dcc_status use_future(instance* self, char* err, size_t err_cap) {
  const dcc_host* host = self->host;
  uint64_t number = 0;
  self->inventory_2 = service(host, DCC_SERVICE_INVENTORY_V2);
  if (HAS(host, dcc_host, future_slot) && host->future_slot) {
    if (host->future_slot(host, &number) != DCC_OK || number != 99 || host->future_field != 99) {
      snprintf(err, err_cap, "the host's future slot or field is wrong");
      return DCC_INTERNAL;
    }
  }
  self->plugin.future_field = 99;
  self->plugin.future_slot = future_slot;
  return DCC_OK;
}
#endif

static dcc_status read_settings(instance* self, char* err, size_t err_cap) {
  const dcc_config_v1* config = service(self->host, DCC_SERVICE_CONFIG);
  size_t i;
  for (i = 0; i < config->count(self->host); ++i) {
    dcc_setting setting;
    if (config->at(self->host, i, &setting) != DCC_OK) return DCC_INTERNAL;
    if (!is(setting.key, "status_code")) continue;
    if (setting.value.size >= sizeof self->status_code) {
      snprintf(err, err_cap, "status_code: expected a response code");
      return DCC_INVALID;
    }
    memcpy(self->status_code, setting.value.data, setting.value.size);
  }
  return DCC_OK;
}

static dcc_status create(const dcc_host* host, dcc_plugin** out, char* err, size_t err_cap) {
  const dcc_clock_v1* clock_table = service(host, DCC_SERVICE_CLOCK);
  dcc_status status;
  instance* self = calloc(1, sizeof *self);
  if (!self) return DCC_INTERNAL;
  if (!clock_table || clock_table->now(host) <= 0) {
    free(self);
    snprintf(err, err_cap, "no time");
    return DCC_INTERNAL;
  }
  self->plugin.size = sizeof self->plugin;
  self->plugin.self = self;
  self->plugin.activate = activate;
  self->plugin.deactivate = deactivate;
  self->plugin.destroy = destroy;
  self->host = host;
  self->log = service(host, DCC_SERVICE_LOG);
  self->registry = service(host, DCC_SERVICE_REGISTRY);
  self->inventory = service(host, DCC_SERVICE_INVENTORY);
  self->appointments = service(host, DCC_SERVICE_APPOINTMENTS);
  status = read_settings(self, err, err_cap);
#if DCC_ABI_MINOR >= 99
  if (status == DCC_OK) status = use_future(self, err, err_cap);
#endif
  if (status != DCC_OK) {
    free(self);
    return status;
  }
  self->log->write(host, DCC_LOG_INFO, str("create"));
  *out = &self->plugin;
  return DCC_OK;
}

static const dcc_str required[] = {
    STR(DCC_SERVICE_LOG),          STR(DCC_SERVICE_CONFIG), STR(DCC_SERVICE_INVENTORY),
    STR(DCC_SERVICE_APPOINTMENTS), STR(DCC_SERVICE_CLOCK),  STR(DCC_SERVICE_REGISTRY),
#ifdef REQUIRES_INVENTORY_2
    STR(DCC_SERVICE_INVENTORY_V2),
#endif
};

const dcc_plugin_entry dcc_plugin_entry_v1 = {
    DCC_PLUGIN_MAGIC,
    sizeof(dcc_plugin_entry),
    DCC_ABI_MAJOR,
    DCC_ABI_MINOR,
    sizeof required / sizeof *required,
    STR("matrix"),
    STR("1.0"),
    STR(__VERSION__),
    required,
    create,
#if DCC_ABI_MINOR >= 99
    99,
#endif
};
