/* SPDX-License-Identifier: Apache-2.0
 *
 * A host in plain C: opens the plugin named on the command line, lends it every service, and takes
 * it through its life. The functions below have the contract's signatures, so that a changed one
 * does not compile. Exit status 0: everything held.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "dcc/plugin.h"

static int failures = 0;
#define CHECK(holds) \
  ((holds) ? (void)0 : (void)(++failures, fprintf(stderr, "line %d: %s\n", __LINE__, #holds)))

static dcc_str str(const char* text) {
  dcc_str s;
  s.data = text;
  s.size = strlen(text);
  return s;
}
static int is(dcc_str s, const char* text) {
  return s.size == strlen(text) && memcmp(s.data, text, s.size) == 0;
}

/* ---- The host ------------------------------------------------------------------------------ */

struct dcc_call {
  char code[16];
  char reason[256];
  char not_valid[256];
};

typedef struct fake_host {
  dcc_host face; /* first, so that the one pointer is the other */
  const dcc_setting* settings;
  size_t setting_count;
  dcc_handler handlers[4];
  size_t handler_count;
  unsigned log_lines;
  const char* missing; /* service that is not offered */
  dcc_status device_answer;
  const char *device_type, *device_status;
  dcc_status acts_for_orderer, acts_for_any;
} fake_host;

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
  CHECK(device_id == 0x00DB1234567890A2u);
  CHECK(out->size >= offsetof(dcc_device, status) + sizeof out->status);
  if (of(host)->device_answer == DCC_OK) {
    out->type = str(of(host)->device_type);
    out->status = str(of(host)->device_status);
  }
  return of(host)->device_answer;
}
static dcc_status acts_for_orderer(const dcc_host* host, dcc_call* call, uint64_t agent_id,
                                   uint64_t device_id, int64_t at) {
  (void)call;
  CHECK(agent_id == 7 && device_id == 0x00DB1234567890A2u && at == 1000);
  return of(host)->acts_for_orderer;
}
static dcc_status acts_for_any(const dcc_host* host, dcc_call* call, uint64_t agent_id,
                               int64_t at) {
  (void)call;
  CHECK(agent_id == 7 && at == 1000);
  return of(host)->acts_for_any;
}
static int64_t clock_now(const dcc_host* host) {
  (void)host;
  return 1000;
}
static dcc_status registry_add(const dcc_host* host, const dcc_handler* handler) {
  CHECK(handler->size >= sizeof *handler && handler->handle != NULL);
  if (of(host)->handler_count == sizeof of(host)->handlers / sizeof *handler) return DCC_INVALID;
  of(host)->handlers[of(host)->handler_count++] = *handler;
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

static const void* service(const dcc_host* host, dcc_str id) {
  static const dcc_log_v1 log_table = {log_write};
  static const dcc_config_v1 config = {config_count, config_at};
  static const dcc_inventory_v1 inventory = {inventory_device};
  static const dcc_appointments_v1 appointments = {acts_for_orderer, acts_for_any};
  static const dcc_clock_v1 clock_table = {clock_now};
  static const dcc_registry_v1 registry = {registry_add, set_code, set_reason, set_not_valid};
  if (of(host)->missing && is(id, of(host)->missing)) return NULL;
  /* The ids in full: a published one never changes. */
  if (is(id, "dcc.log/1")) return &log_table;
  if (is(id, "dcc.config/1")) return &config;
  if (is(id, "dcc.inventory/1")) return &inventory;
  if (is(id, "dcc.appointments/1")) return &appointments;
  if (is(id, "dcc.clock/1")) return &clock_table;
  if (is(id, "dcc.registry/1")) return &registry;
  return NULL;
}

static void open_host(fake_host* host, const dcc_setting* settings, size_t setting_count) {
  memset(host, 0, sizeof *host);
  host->face.size = sizeof host->face;
  host->face.abi_major = DCC_ABI_MAJOR;
  host->face.abi_minor = DCC_ABI_MINOR;
  host->face.name = str("host.c");
  host->face.version = str("1");
  host->face.service = service;
  host->settings = settings;
  host->setting_count = setting_count;
  host->device_answer = DCC_OK;
  host->device_type = "CHF";
  host->device_status = "Commissioned";
  host->acts_for_orderer = DCC_OK;
  host->acts_for_any = DCC_OK;
}

/* ---- Settings ------------------------------------------------------------------------------ */

enum { SETTING_COUNT = 7 };

/* [8.14.3] and [8.14.4] with EIS and GIS = any and SNA as given, [SNA] status_code as given. */
static void fill(dcc_setting* settings, const char* sna, const char* status_code) {
  static const char* const srvs[] = {"8.14.3", "8.14.4"};
  size_t n = 0;
  for (size_t i = 0; i < 2; ++i) {
    settings[n++] = (dcc_setting){str(srvs[i]), str("EIS"), str("any")};
    settings[n++] = (dcc_setting){str(srvs[i]), str("GIS"), str("any")};
    settings[n++] = (dcc_setting){str(srvs[i]), str("SNA"), str(sna)};
  }
  settings[n++] = (dcc_setting){str("SNA"), str("status_code"), str(status_code)};
  CHECK(n == SETTING_COUNT);
}

/* ---- Checks -------------------------------------------------------------------------------- */

static void check_entry(const dcc_plugin_entry* entry) {
  CHECK(memcmp(&entry->magic, "DCCP", 4) == 0);
  CHECK(entry->size >= sizeof *entry);
  CHECK(entry->abi_major == DCC_ABI_MAJOR);
  CHECK(is(entry->id, "ch-returns"));
  CHECK(entry->version.size > 0 && entry->build.size > 0);
  CHECK(entry->required_count == 5);
  for (uint32_t i = 0; i < entry->required_count; ++i) {
    fake_host host;
    open_host(&host, NULL, 0);
    CHECK(service(&host.face, entry->required[i]) != NULL);
  }
}

/* Calls the handler of 8.14.4 as an SNA. */
static dcc_status call(const fake_host* host, const char* device_id, dcc_call* out) {
  const dcc_item item = {str("DeviceID"), str(device_id)};
  dcc_request request;
  const dcc_handler* handler = &host->handlers[1];
  memset(out, 0, sizeof *out);
  memset(&request, 0, sizeof request);
  request.size = sizeof request;
  request.command_variant = 8;
  request.originator = 7;
  request.counter = 1;
  request.srv = str("8.14.4");
  request.service_reference = str("8.14");
  request.user_role = str("SNA");
  request.body_element = str("CHFNoFaultReturn");
  request.items = &item;
  request.item_count = 1;
  request.received_at = 1000;
  request.deadline = 2000;
  return handler->handle(handler->self, &request, out);
}

static void check_handlers(const fake_host* host) {
  static const char* const srvs[] = {"8.14.3", "8.14.4"};
  static const char* const bodies[] = {"CHFFaultReturn", "CHFNoFaultReturn"};
  CHECK(host->handler_count == 2);
  for (size_t i = 0; i < 2; ++i) {
    CHECK(is(host->handlers[i].srv, srvs[i]));
    CHECK(is(host->handlers[i].body_element, bodies[i]));
    CHECK(is(host->handlers[i].endpoint, "serviceD"));
    CHECK(host->handlers[i].command_variants == 1u << 8);
  }
}

static void check_outcomes(fake_host* host) {
  const char* const hub = "00-DB-12-34-56-78-90-A2";
  dcc_call outcome;

  host->device_status = "Pending";
  CHECK(call(host, hub, &outcome) == DCC_OK && strcmp(outcome.code, "I99") == 0);
  host->acts_for_orderer = DCC_NOT_FOUND;
  CHECK(call(host, hub, &outcome) == DCC_OK && strcmp(outcome.code, "E4") == 0);
  host->acts_for_orderer = DCC_UNAVAILABLE;
  CHECK(call(host, hub, &outcome) == DCC_UNAVAILABLE && outcome.code[0] == '\0');
  host->acts_for_orderer = DCC_OK;
  host->device_type = "GPF";
  CHECK(call(host, hub, &outcome) == DCC_OK && strcmp(outcome.code, "E11") == 0);
  host->device_type = "CHF";
  host->device_answer = DCC_NOT_FOUND;
  CHECK(call(host, hub, &outcome) == DCC_OK && strcmp(outcome.code, "E19") == 0);
  host->device_answer = DCC_UNAVAILABLE;
  CHECK(call(host, hub, &outcome) == DCC_UNAVAILABLE && outcome.code[0] == '\0');
  host->device_answer = 99; /* a status of a later minor is a failure, too */
  CHECK(call(host, hub, &outcome) == DCC_UNAVAILABLE && outcome.code[0] == '\0');
  host->device_answer = DCC_OK;
  host->device_status = "Commissioned";

  CHECK(call(host, "no EUI", &outcome) == DCC_OK);
  CHECK(outcome.code[0] == '\0' && strstr(outcome.not_valid, "no EUI") != NULL);
}

/* Instances with different settings, alive at once, each with its own answer; and again. */
static void check_lives(const dcc_plugin_entry* entry) {
  enum { COUNT = 3, ROUNDS = 100 };
  static const char* const sna[COUNT] = {"Pending", "none", "Pending, Withdrawn"};
  static const char* const codes[COUNT] = {"E5", "E5", "E17"};
  static const char* const expected[COUNT] = {"E5", "E2", "E17"};
  dcc_setting settings[COUNT][SETTING_COUNT];
  fake_host hosts[COUNT];
  dcc_plugin* plugins[COUNT];
  char err[256] = "";

  for (int round = 0; round < ROUNDS; ++round) {
    for (size_t i = 0; i < COUNT; ++i) {
      fill(settings[i], sna[i], codes[i]);
      open_host(&hosts[i], settings[i], SETTING_COUNT);
      plugins[i] = NULL;
      CHECK(entry->create(&hosts[i].face, &plugins[i], err, sizeof err) == DCC_OK);
      if (!plugins[i]) return;
      CHECK(plugins[i]->size >= sizeof *plugins[i] && plugins[i]->reserved == 0);
      CHECK(hosts[i].handler_count == 0); /* not before activate */
    }
    for (int again = 0; again < 2; ++again) {
      for (size_t i = 0; i < COUNT; ++i) {
        hosts[i].handler_count = 0;
        hosts[i].log_lines = 0;
        CHECK(plugins[i]->activate(plugins[i], err, sizeof err) == DCC_OK);
        CHECK(hosts[i].log_lines == 1);
        check_handlers(&hosts[i]);
      }
      for (size_t i = 0; i < COUNT; ++i) {
        dcc_call outcome;
        CHECK(call(&hosts[i], "00-DB-12-34-56-78-90-A2", &outcome) == DCC_OK);
        CHECK(strcmp(outcome.code, expected[i]) == 0);
        CHECK(outcome.reason[0] != '\0');
      }
      check_outcomes(&hosts[0]);
      for (size_t i = 0; i < COUNT; ++i) plugins[i]->deactivate(plugins[i]);
    }
    for (size_t i = 0; i < COUNT; ++i) plugins[(i + 1) % COUNT]->destroy(plugins[(i + 1) % COUNT]);
  }
}

/* What create refuses: section, key and value stand in `err`, and *out stays as it was. */
static void check_refusals(const dcc_plugin_entry* entry) {
  static const struct {
    size_t at;
    const char *section, *key, *value;
  } wrong[] = {
      {0, "8.14.9", "EIS", "any"},          {0, "8.14.3", "ED", "any"},
      {1, "8.14.3", "GIS", "Pending"},      {2, "8.14.3", "RSA", "Returned"},
      {6, "SNA", "status_code", "I99"},     {6, "SNA", "status_code", "E9999"},
      {6, "SNA", "appointment", "perhaps"}, {5, "8.14.4", "IS", "any"},
  };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    dcc_setting settings[SETTING_COUNT];
    dcc_plugin* plugin = NULL;
    fake_host host;
    char err[512] = "";
    fill(settings, "Pending", "E5");
    settings[wrong[i].at] =
        (dcc_setting){str(wrong[i].section), str(wrong[i].key), str(wrong[i].value)};
    open_host(&host, settings, SETTING_COUNT);
    CHECK(entry->create(&host.face, &plugin, err, sizeof err) == DCC_INVALID);
    CHECK(plugin == NULL);
    CHECK(strstr(err, wrong[i].section) && strstr(err, wrong[i].key) &&
          strstr(err, wrong[i].value));
  }
}

static void check_err_cap(const dcc_plugin_entry* entry) {
  for (size_t cap = 0; cap < 12; ++cap) {
    dcc_plugin* plugin = NULL;
    fake_host host;
    char err[16];
    memset(err, 'x', sizeof err);
    open_host(&host, NULL, 0);
    CHECK(entry->create(&host.face, &plugin, err, cap) == DCC_INVALID);
    for (size_t i = cap; i < sizeof err; ++i) CHECK(err[i] == 'x');
    CHECK(cap == 0 || (err[cap - 1] == '\0' && strncmp(err, "[8.14.3] EIS", cap - 1) == 0));
  }
}

/* Hosts that cannot work are refused and nothing more of them is touched. */
static void check_hosts(const dcc_plugin_entry* entry) {
  dcc_setting settings[SETTING_COUNT];
  dcc_plugin* plugin = NULL;
  fake_host host;
  char err[256] = "";
  fill(settings, "Pending", "E5");

  open_host(&host, settings, SETTING_COUNT);
  host.missing = DCC_SERVICE_INVENTORY;
  CHECK(entry->create(&host.face, &plugin, err, sizeof err) != DCC_OK);
  CHECK(strstr(err, DCC_SERVICE_INVENTORY) != NULL);

  open_host(&host, settings, SETTING_COUNT);
  host.face.size = offsetof(dcc_host, service);
  host.face.service = NULL;
  CHECK(entry->create(&host.face, &plugin, err, sizeof err) == DCC_INVALID);

  open_host(&host, settings, SETTING_COUNT);
  host.face.abi_major = DCC_ABI_MAJOR + 1;
  CHECK(entry->create(&host.face, &plugin, err, sizeof err) == DCC_INVALID);
  CHECK(plugin == NULL);

  open_host(&host, settings, SETTING_COUNT); /* a later minor: longer structs */
  host.face.size += 64;
  host.face.abi_minor = DCC_ABI_MINOR + 1;
  CHECK(entry->create(&host.face, &plugin, err, sizeof err) == DCC_OK);
  if (plugin) plugin->destroy(plugin);
}

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s PLUGIN.so\n", argv[0]);
    return 2;
  }
  void* library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  const dcc_plugin_entry* entry = library ? dlsym(library, DCC_PLUGIN_ENTRY_SYMBOL) : NULL;
  if (!entry) {
    fprintf(stderr, "%s\n", dlerror());
    return 2;
  }
  CHECK(strcmp(DCC_PLUGIN_ENTRY_SYMBOL, "dcc_plugin_entry_v1") == 0);
  check_entry(entry);
  check_lives(entry);
  check_refusals(entry);
  check_err_cap(entry);
  check_hosts(entry);
  return failures == 0 ? 0 : 1;
}
