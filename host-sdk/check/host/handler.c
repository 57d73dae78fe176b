/* SPDX-License-Identifier: Apache-2.0
 *
 * What a host does while a handler runs: the request, lookups, outcomes; and what it does with
 * questions that cannot be meant, at which a callback of another language is likely to throw.
 * No request is ever accepted: the answer is not-valid, and its reason says what was found.
 */
#include <stdio.h>
#include <string.h>

#include "host_check.h"

static const unsigned kFound = 1u << DCC_OK | 1u << DCC_NOT_FOUND | 1u << DCC_UNAVAILABLE;
static const unsigned kSaid = 1u << DCC_OK | 1u << DCC_UNAVAILABLE;

/* One request, and whether its host has yet to find something out. */
typedef struct visit {
  instance* self;
  const dcc_host* host;
  const dcc_request* request;
  dcc_call* call;
  int is_open;
} visit;

static void check_is_mine(instance* self, const char* rule, dcc_str given, dcc_str mine) {
  if (given.data == NULL || given.size != mine.size ||
      memcmp(given.data, mine.data, mine.size) != 0) {
    fault(self, rule, "another than the handler's, %s", mine.data);
  }
}

static void check_request(instance* self, const dcc_request* request) {
  const dcc_handler mine = handler_of(self);
  check_is_mine(self, "dcc_request.srv", request->srv, mine.srv);
  check_is_mine(self, "dcc_request.body_element", request->body_element, mine.body_element);
  if ((mine.command_variants >> (request->command_variant & 31) & 1) == 0) {
    fault(self, "dcc_request.command_variant", "%u: expected 8; else E12, without asking a handler",
          request->command_variant);
  }
  if (request->user_role.size == 0) fault(self, "dcc_request.user_role", "empty");
  if (request->counter == 0) fault(self, "dcc_request.counter", "0: expected 1 or more");
  if (request->received_at <= 0 || request->deadline < request->received_at) {
    fault(self, "dcc_request.received_at, deadline", "%lld, %lld: expected times in this order",
          (long long)request->received_at, (long long)request->deadline);
  }
  if (request->items == NULL) fault(self, "dcc_request.items: never null", "null");
  for (size_t i = 0; request->items != NULL && i < request->item_count; ++i) {
    check_view(self, "dcc_request.items: path", request->items[i].path);
    check_view(self, "dcc_request.items: value", request->items[i].value);
  }
}

static uint64_t sum_of_request(const dcc_request* request) {
  uint64_t sum = add_to_sum(add_to_sum(0, request->srv), request->user_role);
  for (size_t i = 0; request->items != NULL && i < request->item_count; ++i) {
    sum = add_to_sum(add_to_sum(sum, request->items[i].path), request->items[i].value);
  }
  return sum;
}

static uint64_t hub_of(const dcc_request* request) {
  static const char name[] = "DeviceID";
  for (size_t i = 0; request->items != NULL && i < request->item_count; ++i) {
    const dcc_item* item = &request->items[i];
    uint64_t id = 0;
    if (item->path.size != sizeof name - 1 || memcmp(item->path.data, name, item->path.size) != 0) {
      continue;
    }
    for (size_t n = 0; n < item->value.size; ++n) {
      const char c = item->value.data[n];
      if (c == '-') continue;
      id = id << 4 | (uint64_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return id;
  }
  return 1;
}

static void look_up_device(visit* v, uint64_t id, dcc_device* out) {
  struct {
    dcc_device device;
    unsigned char beyond[64];
  } room;
  memset(&room, 0, sizeof room);
  memset(room.beyond, 0xA5, sizeof room.beyond);
  room.device.size = sizeof room.device;
  const dcc_status status = v->self->inventory->device(v->host, v->call, id, &room.device);
  check_status(v->self, "dcc.inventory/1 device()", status, kFound);
  for (size_t i = 0; i < sizeof room.beyond; ++i) {
    if (room.beyond[i] == 0xA5) continue;
    fault(v->self, "dcc_device: `size` is the room that there is", "written to beyond %zu octets",
          sizeof room.device);
    break;
  }
  v->is_open |= status == DCC_UNAVAILABLE;
  if (status != DCC_OK) return;
  if (room.device.size > sizeof room.device || room.device.size < sizeof room.device) {
    fault(v->self, "dcc_device.size: how much was filled in", "%u: expected %zu", room.device.size,
          sizeof room.device);
  }
  check_view(v->self, "dcc_device.type", room.device.type);
  check_view(v->self, "dcc_device.status", room.device.status);
  if (room.device.type.size == 0 || room.device.status.size == 0) {
    fault(v->self, "dcc.inventory/1 device()",
          "returned 0 and filled nothing in: a callback that fails must not return 0");
    return;
  }
  *out = room.device;
}

/* A question of yes or no was answered. */
static void check_answer(visit* v, const char* rule, dcc_status status, int32_t answer) {
  check_status(v->self, rule, status, kSaid);
  v->is_open |= status == DCC_UNAVAILABLE;
  if (status == DCC_OK && answer != DCC_NO && answer != DCC_YES) {
    fault(
        v->self, rule,
        "returned 0 and answered %d: expected %d (no) or %d (yes); a callback that fails must not "
        "return 0",
        answer, DCC_NO, DCC_YES);
  }
}

static void look_up_acts(visit* v, uint64_t hub) {
  const dcc_appointments_v1* acts = v->self->appointments;
  const dcc_request* request = v->request;
  int32_t answer = 0;
  dcc_status status = acts->acts_for_orderer(v->host, v->call, request->originator, hub,
                                             request->received_at, &answer);
  check_answer(v, "dcc.appointments/1 acts_for_orderer()", status, answer);
  answer = 0;
  status = acts->acts_for_any(v->host, v->call, request->originator, request->received_at, &answer);
  check_answer(v, "dcc.appointments/1 acts_for_any()", status, answer);
  /* No calendar has this day: what is likely to throw. */
  answer = 0;
  status = acts->acts_for_any(v->host, v->call, 0, INT64_MIN, &answer);
  if (status == DCC_OK && answer != DCC_NO) {
    fault(v->self, "dcc.appointments/1 acts_for_any() at a time that cannot be meant",
          "returned 0 and answered %d: expected a failure, or %d (no)", answer, DCC_NO);
  }
}

static void look_up_facts(visit* v) {
  static const dcc_str kinds[] = {STR(""), STR("com.example.host-check-none")};
  static const char* const rules[] = {"dcc.facts/1 look_up() of an empty kind",
                                      "dcc.facts/1 look_up() of a kind that nobody offers"};
  const dcc_str key = STR("key");
  for (size_t i = 0; i < 2; ++i) {
    dcc_fact fact = {sizeof fact, 0, NULL, 0, 0};
    check_status(v->self, rules[i], v->self->facts->look_up(v->host, v->call, kinds[i], key, &fact),
                 1u << DCC_INVALID);
  }
}

static void look_up(visit* v) {
  dcc_device first = {0, 0, {NULL, 0}, {NULL, 0}}, second = first;
  const uint64_t hub = hub_of(v->request);
  uint64_t seen = 0;
  if (v->self->inventory != NULL) {
    look_up_device(v, hub, &first);
    seen = add_to_sum(add_to_sum(0, first.type), first.status);
    look_up_device(v, UINT64_MAX, &second); /* as a signed number: -1 */
  }
  if (v->self->appointments != NULL) look_up_acts(v, hub);
  if (v->self->facts != NULL) look_up_facts(v);
  if (v->self->inventory != NULL && add_to_sum(add_to_sum(0, first.type), first.status) != seen) {
    fault(v->self, "dcc_device: its views stay until the handler returns",
          "they changed at a later lookup");
  }
}

static void check_registry(visit* v) {
  const dcc_registry_v1* registry = v->self->registry;
  const dcc_str no_code = STR("no code"), code = STR("E5"), why = STR("tried by host-check");
  const dcc_handler late = handler_of(v->self);
  check_status(v->self, "dcc.registry/1 add() inside a handler", registry->add(v->host, &late),
               1u << DCC_NOT_NOW);
  check_status(v->self, "dcc.registry/1 set_code() of what is no code of DUIS",
               registry->set_code(v->host, v->call, no_code), 1u << DCC_INVALID);
  check_status(v->self, "dcc.registry/1 set_code()", registry->set_code(v->host, v->call, code),
               1u << DCC_OK);
  check_status(v->self, "dcc.registry/1 set_reason()", registry->set_reason(v->host, v->call, why),
               1u << DCC_OK);
}

static dcc_status answer(visit* v) {
  char text[LINE + 100];
  const unsigned faults = fault_count(v->self);
  if (v->is_open) { /* whoever shows this has not heeded it */
    snprintf(
        text, sizeof text,
        "wrong: an outcome after DCC_UNAVAILABLE: the host took this one, which must not count");
  } else if (faults == 0) {
    snprintf(text, sizeof text, "host-check has found nothing wrong so far");
  } else {
    snprintf(text, sizeof text,
             "host-check: %u rules are broken; the log has them all. The first: %s", faults,
             v->self->first_state == 2 ? v->self->first : "being written");
  }
  const dcc_str reason = {text, strlen(text)};
  return v->self->registry->set_not_valid(v->host, v->call, reason);
}

static dcc_status visit_host(visit* v) {
  const size_t needed = offsetof(dcc_request, deadline) + sizeof v->request->deadline;
  if (v->call == NULL) fault(v->self, "handle: call", "null");
  if (v->request->size < needed) {
    fault(v->self, "dcc_request.size", "%u: expected at least %zu", v->request->size, needed);
    return answer(v);
  }
  const uint64_t given = sum_of_request(v->request);
  check_request(v->self, v->request);
  look_up(v);
  check_registry(v);
  if (sum_of_request(v->request) != given) {
    fault(v->self, "dcc_request: its views stay until the handler returns", "they changed");
  }
  if (sum_of_settings(v->self) != v->self->shown) {
    fault(v->self, "the host's name and settings stay as they were at create", "they have changed");
  }
  return answer(v);
}

dcc_status host_check_handle(void* me, const dcc_request* request, dcc_call* call) {
  instance* self = me;
  visit v = {self, self->host, request, call, 0};
  ++self->in_handler;
  ++self->requests;
  if (self->state != ACTIVE) {
    fault(self, "handlers run between activate and deactivate only", "called %s",
          self->state == ACTIVATING ? "inside activate" : "after deactivate");
  }
  const dcc_status status = visit_host(&v);
  --self->in_handler;
  return status;
}

dcc_handler handler_of(instance* self) {
  const dcc_handler handler = {sizeof handler,        1u << 8, STR("8.14.3"),    STR("serviceD"),
                               STR("CHFFaultReturn"), self,    host_check_handle};
  return handler;
}
