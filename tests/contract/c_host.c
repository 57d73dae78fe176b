/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions below have the contract's signatures, so that a changed one does not compile.
 */
#include "c_host.h"

#include <stdio.h>
#include <string.h>

int failures = 0;

void failed(const char* file, int line, const char* what) {
  ++failures;
  fprintf(stderr, "%s:%d: %s\n", file, line, what);
}

dcc_str str(const char* text) {
  dcc_str s;
  s.data = text;
  s.size = strlen(text);
  return s;
}
int is(dcc_str s, const char* text) {
  return s.size == strlen(text) && memcmp(s.data, text, s.size) == 0;
}

/* The contract's functions take a const host; what a real one writes to lies behind it. */
static fake_host* of(const dcc_host* host) {
  return (fake_host*)host;
}

static void log_write(const dcc_host* host, int32_t level, dcc_str message) {
  CHECK(level >= DCC_LOG_DEBUG && level <= DCC_LOG_ERROR);
  CHECK(message.size > 0 && memchr(message.data, '\n', message.size) == NULL);
  ++of(host)->log_lines;
}
static size_t config_count(const dcc_host* host) {
  return of(host)->setting_count;
}
static dcc_status config_at(const dcc_host* host, size_t index, dcc_setting* out) {
  if (index >= of(host)->setting_count) return DCC_NOT_FOUND;
  *out = of(host)->settings[index];
  return DCC_OK;
}
static dcc_status inventory_device(const dcc_host* host, dcc_call* call, uint64_t device_id,
                                   dcc_device* out) {
  (void)call;
  if (device_id != 0x00DB1234567890A2u) return DCC_NOT_FOUND;
  CHECK(out->size >= offsetof(dcc_device, status) + sizeof out->status);
  if (of(host)->device_answer == DCC_OK) {
    out->type = str(of(host)->device_type);
    out->status = str(of(host)->device_status);
    if (out->size > sizeof *out) out->size = sizeof *out;
#if DCC_ABI_MINOR >= 99
    if (out->size >= offsetof(dcc_device, future_field) + sizeof out->future_field) {
      out->future_field = 99;
    }
#endif
  }
  return of(host)->device_answer;
}
static dcc_status acts_for_orderer(const dcc_host* host, dcc_call* call, uint64_t agent_id,
                                   uint64_t device_id, int64_t at, int32_t* answer) {
  (void)call;
  if (agent_id != THE_AGENT || device_id != 0x00DB1234567890A2u || at != THE_TIME) {
    return DCC_INVALID;
  }
  if (of(host)->acts_for_orderer == DCC_OK) *answer = of(host)->orderer_answer;
  return of(host)->acts_for_orderer;
}
static dcc_status acts_for_any(const dcc_host* host, dcc_call* call, uint64_t agent_id, int64_t at,
                               int32_t* answer) {
  (void)call;
  if (agent_id != THE_AGENT || at != THE_TIME) return DCC_INVALID;
  if (of(host)->acts_for_any == DCC_OK) *answer = of(host)->any_answer;
  return of(host)->acts_for_any;
}
static dcc_status facts_offers(const dcc_host* host, dcc_str kind, int32_t* answer) {
  *answer = is(kind, "kind") ? of(host)->fact_answer : DCC_NO;
  return DCC_OK;
}
static dcc_status facts_look_up(const dcc_host* host, dcc_call* call, dcc_str kind, dcc_str key,
                                dcc_fact* out) {
  static dcc_value values[1];
  (void)host;
  (void)call;
  CHECK(out->size >= offsetof(dcc_fact, revision) + sizeof out->revision);
  if (!is(kind, "kind")) return DCC_INVALID;
  values[0].name = str("key");
  values[0].value = key;
  out->values = values;
  out->value_count = 1;
  out->revision = 1;
  return DCC_OK;
}
static int64_t clock_now(const dcc_host* host) {
  (void)host;
  return THE_TIME;
}
/* The fields of contract 1.0: a plugin that was built earlier has no more. */
static const size_t handler_size = offsetof(dcc_handler, handle) + sizeof(dcc_handle_fn);

static dcc_status registry_add(const dcc_host* host, const dcc_handler* handler) {
  const size_t room = sizeof of(host)->handlers / sizeof *handler;
  dcc_handler* kept = &of(host)->handlers[of(host)->handler_count];
  if (!of(host)->is_activating) return DCC_NOT_NOW;
  CHECK(handler->size >= handler_size && handler->handle != NULL);
  if (of(host)->handler_count == room) return DCC_INVALID;
  memset(kept, 0, sizeof *kept);
  memcpy(kept, handler, handler->size < sizeof *kept ? handler->size : sizeof *kept);
#if DCC_ABI_MINOR >= 99
  if (kept->future_field == 99) ++of(host)->future_uses;
#endif
  ++of(host)->handler_count;
  return DCC_OK;
}
static dcc_status keep(char* to, size_t cap, dcc_str text) {
  if (text.size >= cap) return DCC_INVALID;
  memcpy(to, text.data, text.size);
  to[text.size] = '\0';
  return DCC_OK;
}
static dcc_status set_code(const dcc_host* host, dcc_call* call, dcc_str code) {
  (void)host;
  if (code.size == 0 || memchr("IEW", code.data[0], 3) == NULL) return DCC_INVALID;
  return keep(call->code, sizeof call->code, code);
}
static dcc_status set_reason(const dcc_host* host, dcc_call* call, dcc_str reason) {
  (void)host;
  return keep(call->reason, sizeof call->reason, reason);
}
static dcc_status set_not_valid(const dcc_host* host, dcc_call* call, dcc_str reason) {
  (void)host;
  return keep(call->not_valid, sizeof call->not_valid, reason);
}

#if DCC_ABI_MINOR >= 99
static dcc_status future_slot(const dcc_host* host, uint64_t* out) {
  ++of(host)->future_uses;
  *out = 99;
  return DCC_OK;
}
static dcc_status inventory_2_device(const dcc_host* host, dcc_call* call, uint64_t device_id,
                                     dcc_device* out) {
  ++of(host)->future_uses;
  return inventory_device(host, call, device_id, out);
}
static uint64_t inventory_2_device_count(const dcc_host* host) {
  (void)host;
  return 1;
}
#endif

const void* service(const dcc_host* host, dcc_str id) {
  static const dcc_log_v1 log_table = {log_write};
  static const dcc_config_v1 config = {config_count, config_at};
  static const dcc_inventory_v1 inventory = {inventory_device};
  static const dcc_appointments_v1 appointments = {acts_for_orderer, acts_for_any};
  static const dcc_facts_v1 facts = {facts_offers, facts_look_up};
  static const dcc_clock_v1 clock_table = {clock_now};
  static const dcc_registry_v1 registry = {registry_add, set_code, set_reason, set_not_valid};
#if DCC_ABI_MINOR >= 99
  static const dcc_inventory_v2 inventory_2 = {inventory_2_device, inventory_2_device_count};
#endif
  if (of(host)->missing && is(id, of(host)->missing)) return NULL;
  /* The ids in full: a published one never changes. */
  if (is(id, "dcc.log/1")) return &log_table;
  if (is(id, "dcc.config/1")) return &config;
  if (is(id, "dcc.inventory/1")) return &inventory;
  if (is(id, "dcc.appointments/1")) return &appointments;
  if (is(id, "dcc.facts/1")) return &facts;
  if (is(id, "dcc.clock/1")) return &clock_table;
  if (is(id, "dcc.registry/1")) return &registry;
#if DCC_ABI_MINOR >= 99
  if (is(id, "dcc.inventory/2")) return &inventory_2;
#endif
  return NULL;
}

void open_host(fake_host* host, const dcc_setting* settings, size_t setting_count) {
  memset(host, 0, sizeof *host);
  memset(host->beyond, 0xA5, sizeof host->beyond);
  host->face.size = sizeof host->face;
  host->face.abi_major = DCC_ABI_MAJOR;
  host->face.abi_minor = DCC_ABI_MINOR;
  host->face.name = str("c_host.c");
  host->face.version = str("1");
  host->face.service = service;
#if DCC_ABI_MINOR >= 99
  host->face.future_field = 99;
  host->face.future_slot = future_slot;
#endif
  host->settings = settings;
  host->setting_count = setting_count;
  host->device_answer = DCC_OK;
  host->device_type = "CHF";
  host->device_status = "Commissioned";
  host->acts_for_orderer = DCC_OK;
  host->acts_for_any = DCC_OK;
  host->orderer_answer = DCC_YES;
  host->any_answer = DCC_YES;
  host->fact_answer = DCC_YES;
}

dcc_status activate(fake_host* host, dcc_plugin* plugin, char* err, size_t err_cap) {
  host->is_activating = 1;
  const dcc_status status = plugin->activate(plugin, err, err_cap);
  host->is_activating = 0;
  return status;
}

dcc_status ask(const dcc_handler* handler, const char* role, const char* device_id, dcc_call* out) {
  dcc_item items[2];
  struct {
    dcc_request request;
    unsigned char beyond[64]; /* as in fake_host */
  } given;
  dcc_request* request = &given.request;
  items[0].path = str("DeviceID");
  items[0].value = str(device_id);
  items[1].path = str("CHFFaultReturnType");
  items[1].value = str("Fault identified prior to installation");
  memset(out, 0, sizeof *out);
  memset(&given, 0, sizeof given);
  memset(given.beyond, 0xA5, sizeof given.beyond);
  request->size = sizeof *request;
  request->command_variant = 8;
  request->originator = THE_AGENT;
  request->counter = 1;
  request->srv = handler->srv;
  request->service_reference = str("8.14");
  request->user_role = str(role);
  request->body_element = handler->body_element;
  request->items = items;
  request->item_count = 2;
  request->received_at = THE_TIME;
  request->deadline = THE_TIME + 1000;
#if DCC_ABI_MINOR >= 99
  request->future_field = 99;
#endif
  return handler->handle(handler->self, request, out);
}
