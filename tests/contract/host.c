/* SPDX-License-Identifier: Apache-2.0
 *
 * A host in plain C: opens the ch-returns.so named on the command line, lends it every service, and
 * takes it through its life. Exit status 0: everything held.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "c_host.h"

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
  CHECK(entry->size >= offsetof(dcc_plugin_entry, create) + sizeof entry->create);
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
  return ask(&host->handlers[1], "SNA", device_id, out);
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
  host->orderer_answer = DCC_NO;
  CHECK(call(host, hub, &outcome) == DCC_OK && strcmp(outcome.code, "E4") == 0);
  host->orderer_answer = 0; /* what a callback leaves that threw: no answer, neither yes nor no */
  CHECK(call(host, hub, &outcome) == DCC_UNAVAILABLE && outcome.code[0] == '\0');
  host->orderer_answer = 3; /* nor is one that nobody knows */
  CHECK(call(host, hub, &outcome) == DCC_UNAVAILABLE && outcome.code[0] == '\0');
  host->orderer_answer = DCC_YES;
  host->acts_for_orderer = DCC_UNAVAILABLE;
  CHECK(call(host, hub, &outcome) == DCC_UNAVAILABLE && outcome.code[0] == '\0');
  host->acts_for_orderer = DCC_OK;
  host->device_type = "GPF";
  CHECK(call(host, hub, &outcome) == DCC_OK && strcmp(outcome.code, "E11") == 0);
  host->device_type = ""; /* not filled in */
  CHECK(call(host, hub, &outcome) == DCC_UNAVAILABLE && outcome.code[0] == '\0');
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
      CHECK(plugins[i]->size >= offsetof(dcc_plugin, destroy) + sizeof plugins[i]->destroy);
      CHECK(plugins[i]->reserved == 0);
      CHECK(hosts[i].handler_count == 0); /* not before activate */
    }
    for (int again = 0; again < 2; ++again) {
      for (size_t i = 0; i < COUNT; ++i) {
        hosts[i].handler_count = 0;
        hosts[i].log_lines = 0;
        CHECK(activate(&hosts[i], plugins[i], err, sizeof err) == DCC_OK);
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
