/* SPDX-License-Identifier: Apache-2.0
 *
 * The plugin and its life: what the host lends it, in which order it is called, and whether that
 * stays as it was.
 */
#include "host_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(char* err, size_t err_cap, const char* text, unsigned long long got,
                unsigned long long expected) {
  if (err != NULL && err_cap > 0) snprintf(err, err_cap, text, got, expected);
}

/* A [control] call that begins; none may be under way. */
static void begin(instance* self, const char* rule, int expected_state) {
  static const char* const names[] = {"create", "activate, not ended", "activate"};
  const int state = self->state;
  if (atomic_fetch_add(&self->in_control, 1) != 0) {
    fault(self, "[control] calls: one at a time", "%s while another is under way", rule);
  }
  if (state != expected_state) {
    fault(self, rule, "called after %s: expected after %s", names[state], names[expected_state]);
  }
}

static void end(instance* self) {
  --self->in_control;
}

static void check_err(instance* self, const char* rule, const char* err, size_t err_cap) {
  if (err == NULL || err_cap == 0)
    fault(self, rule, "%s, %zu octets", err ? "there" : "null", err_cap);
}

/* A table of functions, none of them null. */
static const void* table(instance* self, const char* id, size_t functions) {
  const dcc_str name = {id, strlen(id)};
  const void* const* found = self->host->service(self->host, name);
  if (found == NULL) {
    note(self, "%s is not offered, and not checked", id);
    return NULL;
  }
  for (size_t i = 0; i < functions; ++i) {
    if (found[i] != NULL) continue;
    fault(self, "a service's table: every function is there", "%s: function %zu is null", id,
          i + 1);
    return NULL;
  }
  return found;
}

static void find_services(instance* self) {
  const dcc_str nobody_has = STR("dcc.host-check-none/1");
  self->log = table(self, DCC_SERVICE_LOG, 1);
  self->config = table(self, DCC_SERVICE_CONFIG, 2);
  self->inventory = table(self, DCC_SERVICE_INVENTORY, 1);
  self->appointments = table(self, DCC_SERVICE_APPOINTMENTS, 2);
  self->facts = table(self, DCC_SERVICE_FACTS, 2);
  self->registry = table(self, DCC_SERVICE_REGISTRY, 4);
  if (self->host->service(self->host, nobody_has) != NULL) {
    fault(self, "dcc_host.service of an id that nobody offers", "not null");
  }
}

static void check_host(instance* self) {
  const dcc_host* host = self->host;
  if (host->abi_major != DCC_ABI_MAJOR) {
    fault(self, "dcc_host.abi_major", "%u: expected %d", host->abi_major, DCC_ABI_MAJOR);
  }
  if (host->abi_minor == DCC_ABI_MINOR && host->size != sizeof *host) {
    fault(self, "dcc_host.size", "%u: expected %zu, as minor %d has it", host->size, sizeof *host,
          DCC_ABI_MINOR);
  }
  check_view(self, "dcc_host.name", host->name);
  check_view(self, "dcc_host.version", host->version);
}

static void check_config(instance* self) {
  const dcc_str untouched = STR("untouched");
  dcc_setting beyond = {untouched, untouched, untouched};
  if (self->config == NULL) return;
  const size_t count = self->config->count(self->host);
  for (size_t i = 0; i < count && i < MOST_SETTINGS; ++i) {
    dcc_setting* setting = &self->settings[i];
    const dcc_status status = self->config->at(self->host, i, setting);
    check_status(self, "dcc.config/1 at() of an index that is there", status, 1u << DCC_OK);
    if (status != DCC_OK) break;
    check_view(self, "dcc.config/1 section", setting->section);
    check_view(self, "dcc.config/1 key", setting->key);
    check_view(self, "dcc.config/1 value", setting->value);
    if (setting->section.size == 0 || setting->key.size == 0) {
      fault(self, "dcc.config/1: section and key", "empty, at index %zu", i);
    }
    self->setting_count = i + 1;
  }
  check_status(self, "dcc.config/1 at() of an index beyond the last",
               self->config->at(self->host, count, &beyond), 1u << DCC_NOT_FOUND);
  if (beyond.key.data != untouched.data) {
    fault(self, "dcc.config/1 at() of an index beyond the last: *out", "was written to");
  }
  self->shown = sum_of_settings(self);
}

uint64_t sum_of_settings(const instance* self) {
  uint64_t sum = add_to_sum(0, self->host->name);
  for (size_t i = 0; i < self->setting_count; ++i) {
    sum = add_to_sum(sum, self->settings[i].section);
    sum = add_to_sum(sum, self->settings[i].key);
    sum = add_to_sum(sum, self->settings[i].value);
  }
  return sum;
}

static void check_offers(instance* self) {
  const dcc_str kind = STR("com.example.host-check-none");
  int32_t answer = 0;
  if (self->facts == NULL) return;
  const dcc_status status = self->facts->offers(self->host, kind, &answer);
  check_status(self, "dcc.facts/1 offers()", status, 1u << DCC_OK);
  if (status == DCC_OK && answer != DCC_NO) {
    fault(self, "dcc.facts/1 offers() of a kind that nobody offers",
          "answer %d: expected %d (no); a callback that fails must not return 0", answer, DCC_NO);
  }
}

static void check_add_now(instance* self) {
  const dcc_handler early = handler_of(self);
  if (self->registry == NULL) return;
  check_status(self, "dcc.registry/1 add() outside activate",
               self->registry->add(self->host, &early), 1u << DCC_NOT_NOW);
}

static dcc_status activate(dcc_plugin* plugin, char* err, size_t err_cap) {
  instance* self = plugin->self;
  const dcc_handler handler = handler_of(self);
  dcc_status status = DCC_INVALID;
  begin(self, "activate", CREATED);
  check_err(self, "activate: err", err, err_cap);
  self->state = ACTIVATING;
  if (self->registry != NULL) {
    status = self->registry->add(self->host, &handler);
    check_status(self, "dcc.registry/1 add()", status, 1u << DCC_OK | 1u << DCC_CONFLICT);
  }
  if (status == DCC_CONFLICT) say(err, err_cap, "another plugin has SRV 8.14.3", 0, 0);
  self->state = status == DCC_OK ? ACTIVE : CREATED;
  end(self);
  return status;
}

static void deactivate(dcc_plugin* plugin) {
  instance* self = plugin->self;
  begin(self, "deactivate", ACTIVE);
  if (self->in_handler != 0) {
    fault(self, "deactivate: no handler runs any more", "%d still do", self->in_handler);
  }
  self->state = CREATED;
  if (sum_of_settings(self) != self->shown) {
    fault(self, "the host's name and settings stay as they were at create", "they have changed");
  }
  note(self, "%lu requests, %u rules broken", self->requests, fault_count(self));
  end(self);
}

static void destroy(dcc_plugin* plugin) {
  begin(plugin->self, "destroy", CREATED);
  free(plugin->self);
}

static dcc_status create(const dcc_host* host, dcc_plugin** out, char* err, size_t err_cap) {
  const size_t needed = offsetof(dcc_host, service) + sizeof host->service;
  if (host == NULL || out == NULL) {
    say(err, err_cap, "create: host or out is null", 0, 0);
    return DCC_INVALID;
  }
  if (host->size < needed) { /* so there is nobody to tell but the caller */
    say(err, err_cap, "wrong: dcc_host.size: %llu: expected at least %llu", host->size, needed);
    return DCC_INVALID;
  }
  instance* self = calloc(1, sizeof *self);
  if (self == NULL) return DCC_INTERNAL;
  const dcc_plugin face = {sizeof face, 0, self, activate, deactivate, destroy};
  self->plugin = face;
  self->host = host;
  find_services(self);
  check_host(self);
  check_err(self, "create: err", err, err_cap);
  check_config(self);
  check_offers(self);
  check_add_now(self);
  *out = &self->plugin;
  return DCC_OK;
}

static const dcc_str required[] = {STR(DCC_SERVICE_REGISTRY), STR(DCC_SERVICE_LOG)};

DCC_PLUGIN_EXPORT const dcc_plugin_entry dcc_plugin_entry_v1 = {
    DCC_PLUGIN_MAGIC,  sizeof(dcc_plugin_entry), DCC_ABI_MAJOR,  DCC_ABI_MINOR, 2,
    STR("host-check"), STR(DCC_VERSION),         STR(DCC_BUILD), required,      create};
