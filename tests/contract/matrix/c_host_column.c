/* SPDX-License-Identifier: Apache-2.0
 *
 * A column of the matrix: the host in plain C.
 *
 *     PROGRAM PLUGIN.so SUCCESSOR.so
 *
 * Prints the stages as they begin: load, decide, swap, unload; and at last "ok", or "refused" for a
 * plugin that requires a service which this host does not offer. Exit status 0: one of the two.
 * SUCCESSOR is another build that goes live beside PLUGIN before that is withdrawn.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "c_host.h"
#include "matrix/questions.h"

static void stage(const char* name) {
  if (failures > 0) exit(1);
  puts(name);
  fflush(stdout);
}

/* ---- Load ---------------------------------------------------------------------------------- */

static const dcc_plugin_entry* open_plugin(const char* file) {
  void* library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  const dcc_plugin_entry* entry = library ? dlsym(library, DCC_PLUGIN_ENTRY_SYMBOL) : NULL;
  if (!entry) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  CHECK(entry->magic == DCC_PLUGIN_MAGIC);
  CHECK(entry->size >= offsetof(dcc_plugin_entry, create) + sizeof entry->create);
  CHECK(entry->abi_major == DCC_ABI_MAJOR);
#if DCC_ABI_MINOR >= 99
  if (entry->abi_minor >= 99) CHECK(entry->size >= sizeof *entry && entry->future_field == 99);
#endif
  return entry;
}

static int has_what_it_requires(const dcc_plugin_entry* entry) {
  uint32_t i;
  fake_host host;
  open_host(&host, NULL, 0);
  for (i = 0; i < entry->required_count; ++i) {
    const dcc_str id = entry->required[i];
    if (service(&host.face, id)) continue;
    fprintf(stderr, "requires %.*s\n", (int)id.size, id.data);
    return 0;
  }
  return 1;
}

/* ---- Instances ----------------------------------------------------------------------------- */

typedef struct live {
  fake_host host;
  const profile* rule;
  dcc_setting settings[8];
  dcc_plugin* plugin;
} live;

static void start(live* it, const dcc_plugin_entry* entry, int changed) {
  char err[256] = "";
  size_t i;
  it->rule = is(entry->id, "example") ? &example_profile : &returns_profile;
  for (i = 0; i < it->rule->setting_count; ++i) {
    const setting* from = &it->rule->settings[i];
    it->settings[i].section = str(from->section);
    it->settings[i].key = str(from->key);
    it->settings[i].value =
        str(changed && i == it->rule->changed ? it->rule->changed_value : from->value);
  }
  open_host(&it->host, it->settings, it->rule->setting_count);
  it->plugin = NULL;
  if (entry->create(&it->host.face, &it->plugin, err, sizeof err) != DCC_OK || !it->plugin ||
      activate(&it->host, it->plugin, err, sizeof err) != DCC_OK) {
    fprintf(stderr, "create or activate: %s\n", err);
    exit(1);
  }
  CHECK(it->host.handler_count == it->rule->handler_count);
#if DCC_ABI_MINOR >= 99
  if (it->plugin->size >= offsetof(dcc_plugin, future_slot) + sizeof it->plugin->future_slot &&
      it->plugin->future_slot) {
    uint64_t number = 0;
    CHECK(it->plugin->future_slot(it->plugin, &number) == DCC_OK && number == 99);
    CHECK(it->plugin->future_field == 99);
    ++it->host.future_uses;
  }
#endif
}

static void stop(live* it) {
  it->plugin->deactivate(it->plugin);
  it->plugin->destroy(it->plugin);
}

/* The answer of one handler to one question, in the words of questions.h. */
static const char* answer(live* it, const dcc_handler* handler, const question* q, dcc_call* call) {
  dcc_status status;
  it->host.device_answer = !q->readable ? DCC_UNAVAILABLE : q->type ? DCC_OK : DCC_NOT_FOUND;
  it->host.device_type = q->type;
  it->host.device_status = q->status;
  it->host.orderer_answer = q->confirmed ? DCC_YES : DCC_NO;
  status = ask(handler, q->role, q->device, call);
  if (status == DCC_UNAVAILABLE) return UNAVAILABLE;
  if (status != DCC_OK) return "500";
  return call->not_valid[0] != '\0' ? NOT_VALID : call->code;
}

static void expect(live* it, const question* q, const char* expected) {
  size_t i;
  for (i = 0; i < it->host.handler_count; ++i) {
    dcc_call call;
    const char* got = answer(it, &it->host.handlers[i], q, &call);
    if (strcmp(got, expected) == 0) continue;
    ++failures;
    fprintf(stderr, "%.*s %s %s %s: %s, expected %s\n", (int)it->host.handlers[i].srv.size,
            it->host.handlers[i].srv.data, q->role, q->type ? q->type : "no device",
            q->status ? q->status : "-", got, expected);
  }
}

static void expect_all(live* it) {
  size_t i;
  for (i = 0; i < QUESTION_COUNT; ++i) {
    expect(it, &questions[i], it->rule->is_example ? questions[i].example : questions[i].answer);
  }
}

int main(int argc, char** argv) {
  static live first, changed, successor, again;
  const dcc_plugin_entry *entry, *next;
  if (argc != 3) {
    fprintf(stderr, "usage: %s PLUGIN.so SUCCESSOR.so\n", argv[0]);
    return 2;
  }
  stage("load");
  entry = open_plugin(argv[1]);
  if (!has_what_it_requires(entry)) {
    stage("refused");
    return 0;
  }
  next = open_plugin(argv[2]);

  stage("decide");
  start(&first, entry, 0);
  expect_all(&first);
  /* Both are of that minor: then what it brought must have been used. */
  if (DCC_ABI_MINOR >= 99 && entry->abi_minor >= 99) CHECK(first.host.future_uses > 0);

  stage("swap"); /* the old answers as before until it is withdrawn, and the new as it was told */
  start(&changed, entry, 1);
  expect_all(&first);
  expect(&changed, &questions[SWAP_QUESTION], changed.rule->changed_answer);
  stop(&first);
  expect(&changed, &questions[SWAP_QUESTION], changed.rule->changed_answer);
  start(&successor, next, 0);
  expect_all(&successor);
  stop(&changed);
  expect_all(&successor);
  start(&again, entry, 0);
  stop(&successor);
  expect_all(&again);

  stage("unload");
  stop(&again);
  stage("ok");
  return 0;
}
