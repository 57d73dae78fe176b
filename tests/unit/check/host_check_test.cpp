// SPDX-License-Identifier: Apache-2.0
// The plugin that checks hosts: good hosts, and hosts each of which breaks one rule.
#include <dlfcn.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>

#include "contract/c_host.h"
#include "support/process.hpp"
#include "support/temp_directory.hpp"

namespace {

namespace fs = std::filesystem;

const dcc_plugin_entry& entry() {
  static void* const library = ::dlopen(HOST_CHECK, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  return *static_cast<const dcc_plugin_entry*>(::dlsym(library, DCC_PLUGIN_ENTRY_SYMBOL));
}

// c_host.c with tables of its own, so that one function can be another.
struct Host {
  Host() {
    setting = {str("host-check"), str(key.data()), str("x")};
    open_host(&c, &setting, 1);
    take(log_table, DCC_SERVICE_LOG);
    take(config, DCC_SERVICE_CONFIG);
    take(inventory, DCC_SERVICE_INVENTORY);
    take(appointments, DCC_SERVICE_APPOINTMENTS);
    take(facts, DCC_SERVICE_FACTS);
    take(registry, DCC_SERVICE_REGISTRY);
    log_table.write = [](const dcc_host* host, std::int32_t, dcc_str line) {
      of(host).log.append(line.data, line.size) += '\n';
    };
    c.face.service = [](const dcc_host* host, dcc_str id) { return of(host).table(id); };
    request.size = sizeof request;
    request.command_variant = 8;
    request.originator = THE_AGENT;
    request.counter = 1;
    request.srv = str("8.14.3");
    request.user_role = str("SNA");
    request.body_element = str("CHFFaultReturn");
    request.items = &item;
    request.item_count = 1;
    request.received_at = THE_TIME;
    request.deadline = THE_TIME;
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  static Host& of(const dcc_host* host) {
    return *reinterpret_cast<Host*>(const_cast<dcc_host*>(host));
  }

  // One life, with one request in it. What create says, if it refuses; else the log.
  const std::string& live() {
    char err[256] = "";
    if (entry().create(&c.face, &plugin, err, sizeof err) != DCC_OK) return log = err;
    REQUIRE(activate(&c, plugin, err, sizeof err) == DCC_OK);
    REQUIRE(c.handler_count > 0);
    decide();
    key[0] = renames ? 'X' : key[0];
    if (destroys_first) {
      plugin->destroy(plugin);
      return log;
    }
    plugin->deactivate(plugin);
    if (decides_late) decide();
    plugin->destroy(plugin);
    return log;
  }
  void decide() {
    call = {};
    REQUIRE(c.handlers[0].handle(c.handlers[0].self, &request, &call) == DCC_OK);
  }

  fake_host c{};  // first: a pointer to it is one to this
  dcc_log_v1 log_table{};
  dcc_config_v1 config{};
  dcc_inventory_v1 inventory{};
  dcc_appointments_v1 appointments{};
  dcc_facts_v1 facts{};
  dcc_registry_v1 registry{};
  bool offers_everything = false;
  std::string key = "key";
  dcc_setting setting{};
  dcc_item item{str("DeviceID"), str(THE_HUB)};
  dcc_request request{};
  bool renames = false, destroys_first = false, decides_late = false;

  dcc_plugin* plugin = nullptr;
  dcc_call call{};
  std::string log;

 private:
  template <typename Table>
  void take(Table& table, const char* id) {
    table = *static_cast<const Table*>(::service(&c.face, str(id)));
  }
  const void* table(dcc_str id) const {
    if (is(id, DCC_SERVICE_LOG)) return &log_table;
    if (is(id, DCC_SERVICE_CONFIG)) return &config;
    if (is(id, DCC_SERVICE_INVENTORY)) return &inventory;
    if (is(id, DCC_SERVICE_APPOINTMENTS)) return &appointments;
    if (is(id, DCC_SERVICE_FACTS)) return &facts;
    if (is(id, DCC_SERVICE_REGISTRY)) return &registry;
    return offers_everything ? &log_table : nullptr;
  }
};

struct Broken {
  const char* says;
  std::function<void(Host&)> breaks;
};

const Broken kBroken[] = {
    // Sizes.
    {"dcc_host.size: 12: expected at least", [](Host& h) { h.c.face.size = 12; }},
    {"dcc_host.size: 1000: expected", [](Host& h) { h.c.face.size = 1000; }},
    {"dcc_request.size: 8: expected at least", [](Host& h) { h.request.size = 8; }},
    {"dcc_device: `size` is the room that there is: written to beyond",
     [](Host& h) {
       h.inventory.device = [](const dcc_host*, dcc_call*, std::uint64_t, dcc_device* out) {
         std::memset(static_cast<void*>(out), 0, sizeof *out + 8);
         return dcc_status{DCC_NOT_FOUND};
       };
     }},
    {"dcc_device.size: how much was filled in: 400",
     [](Host& h) {
       h.inventory.device = [](const dcc_host*, dcc_call*, std::uint64_t, dcc_device* out) {
         *out = {400, 0, str("CHF"), str("Pending")};
         return dcc_status{DCC_OK};
       };
     }},
    // Fail open: what a callback leaves that threw.
    {"acts_for_orderer(): returned 0 and answered 0", [](Host& h) { h.c.orderer_answer = 0; }},
    {"acts_for_any(): returned 0 and answered 0", [](Host& h) { h.c.any_answer = 0; }},
    {"dcc.inventory/1 device(): returned 0 and filled nothing in",
     [](Host& h) {
       h.inventory.device = [](const dcc_host*, dcc_call*, std::uint64_t, dcc_device*) {
         return dcc_status{DCC_OK};
       };
     }},
    {"acts_for_any() at a time that cannot be meant: returned 0 and answered 2",
     [](Host& h) {
       h.appointments.acts_for_any = [](const dcc_host*, dcc_call*, std::uint64_t, std::int64_t,
                                        std::int32_t* answer) {
         *answer = DCC_YES;
         return dcc_status{DCC_OK};
       };
     }},
    {"offers() of a kind that nobody offers: answer 0",
     [](Host& h) {
       h.facts.offers = [](const dcc_host*, dcc_str, std::int32_t*) { return dcc_status{DCC_OK}; };
     }},
    {"look_up() of a kind that nobody offers: returned 0: expected 3",
     [](Host& h) {
       h.facts.look_up = [](const dcc_host*, dcc_call*, dcc_str, dcc_str, dcc_fact*) {
         return dcc_status{DCC_OK};
       };
     }},
    {"set_code() of what is no code of DUIS: returned 0: expected 3",
     [](Host& h) {
       h.registry.set_code = [](const dcc_host*, dcc_call*, dcc_str) { return dcc_status{DCC_OK}; };
     }},
    {"device(): returned -1: expected 0 or 1 or 2", [](Host& h) { h.c.device_answer = -1; }},
    {"acts_for_orderer(): returned 1: expected 0 or 2",
     [](Host& h) { h.c.acts_for_orderer = DCC_NOT_FOUND; }},
    // Null rules, and what is offered.
    {"dcc_host.name: null, with size 5",
     [](Host& h) {
       h.c.face.name = {nullptr, 5};
     }},
    {"dcc_request.items: never null: null",
     [](Host& h) {
       h.request.items = nullptr;
       h.request.item_count = 0;
     }},
    {"every function is there: dcc.facts/1: function 2 is null",
     [](Host& h) { h.facts.look_up = nullptr; }},
    {"an id that nobody offers: not null", [](Host& h) { h.offers_everything = true; }},
    {"index beyond the last: returned 0: expected 1",
     [](Host& h) {
       h.config.at = [](const dcc_host* host, std::size_t, dcc_setting* out) {
         *out = Host::of(host).setting;
         return dcc_status{DCC_OK};
       };
     }},
    // Lifetimes of views.
    {"dcc_device: its views stay until the handler returns",
     [](Host& h) {
       h.inventory.device = [](const dcc_host*, dcc_call*, std::uint64_t id, dcc_device* out) {
         static char status[] = "Pending";
         status[0] = id == UINT64_MAX ? 'X' : 'P';
         *out = {sizeof *out, 0, str("CHF"), str(status)};
         return dcc_status{DCC_OK};
       };
     }},
    {"settings stay as they were at create: they have changed", [](Host& h) { h.renames = true; }},
    // When what may be called; threads.
    {"add() outside activate: returned 0: expected 5", [](Host& h) { h.c.is_activating = 1; }},
    {"add() inside a handler: returned 0: expected 5",
     [](Host& h) {
       h.registry.set_reason = [](const dcc_host*, dcc_call*, dcc_str) {
         return dcc_status{DCC_OK};
       };
       h.appointments.acts_for_any = [](const dcc_host* host, dcc_call*, std::uint64_t,
                                        std::int64_t, std::int32_t* answer) {
         Host::of(host).c.is_activating = 1;
         *answer = DCC_NO;
         return dcc_status{DCC_OK};
       };
     }},
    {"between activate and deactivate only: called after deactivate",
     [](Host& h) { h.decides_late = true; }},
    {"destroy: called after activate: expected after create",
     [](Host& h) { h.destroys_first = true; }},
    {"deactivate: no handler runs any more: 1 still do",
     [](Host& h) {
       h.facts.look_up = [](const dcc_host* host, dcc_call*, dcc_str, dcc_str, dcc_fact*) {
         Host& self = Host::of(host);
         self.plugin->deactivate(self.plugin);
         char err[64];
         activate(&self.c, self.plugin, err, sizeof err);
         return dcc_status{DCC_INVALID};
       };
     }},
    {"[control] calls: one at a time: deactivate while another is under way",
     [](Host& h) {
       h.registry.add = [](const dcc_host* host, const dcc_handler* handler) {
         Host& self = Host::of(host);
         if (!self.c.is_activating) return dcc_status{DCC_NOT_NOW};
         self.c.handlers[0] = *handler;
         self.c.handler_count = 1;
         self.plugin->deactivate(self.plugin);
         return dcc_status{DCC_OK};
       };
     }},
    // What is decided before a handler is asked.
    {"dcc_request.command_variant: 1: expected 8", [](Host& h) { h.request.command_variant = 1; }},
    {"dcc_request.body_element: another than", [](Host& h) { h.request.body_element = str("X"); }},
    {"dcc_request.counter: 0", [](Host& h) { h.request.counter = 0; }},
};

std::string not_valid(const Host& host) {
  return host.call.not_valid;
}

}  // namespace

TEST_CASE("host-check finds nothing wrong with the host in plain C") {
  failures = 0;
  Host host;
  CHECK_THAT(host.live(), !Catch::Contains("wrong"));
  CHECK_THAT(host.log, Catch::Contains("1 requests, 0 rules broken"));
  CHECK(not_valid(host) == "host-check has found nothing wrong so far");
  CHECK(failures == 0);
}

TEST_CASE("host-check names what a host does wrong, in its log and in its answers") {
  for (const Broken& broken : kBroken) {
    CAPTURE(broken.says);
    Host host;
    broken.breaks(host);
    CHECK_THAT(host.live(),
               Catch::Contains(std::string("wrong: ")) && Catch::Contains(broken.says));
    if (host.plugin == nullptr || host.renames || host.destroys_first) continue;
    CHECK_THAT(not_valid(host), Catch::Contains("rules are broken") && Catch::Contains("wrong: "));
  }
}

TEST_CASE("an outcome after an unavailable lookup says that it must not count") {
  Host host;
  host.c.device_answer = DCC_UNAVAILABLE;
  CHECK_THAT(host.live(), !Catch::Contains("wrong"));
  CHECK_THAT(not_valid(host), Catch::StartsWith("wrong: an outcome after DCC_UNAVAILABLE"));
}

TEST_CASE("host-check finds nothing wrong with the SDK's host") {
  const support::TempDirectory root;
  for (const char* name : {"plugins", "settings"}) {
    fs::create_directory(root.path() / name);
    fs::permissions(root.path() / name, fs::perms::owner_all);
  }
  support::write_file(root.path() / "settings/host-check.ini", "[host-check]\nkey = x\n");
  support::replace_file(root.path() / "plugins/host-check.so", support::read_file(HOST_CHECK));
  const auto path = [&](const char* name) { return (root.path() / name).string(); };
  const support::Finished host = support::run(
      EXAMPLE_HOST, {path("plugins"), path("settings"), path("cache"), PROBE, THE_HUB});
  CHECK_THAT(host.out, Catch::Contains("host-check has found nothing wrong so far"));
  CHECK_THAT(host.err, Catch::Contains("requests, 0 rules broken") && !Catch::Contains("wrong"));
}
