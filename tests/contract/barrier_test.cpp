// SPDX-License-Identifier: Apache-2.0
//
// dcc/plugin.hpp at its border: what throws inside becomes a status outside.
#include <catch2/catch.hpp>
#include <string>

#include "contract/fake_host.hpp"
#include "dcc/plugin.hpp"

namespace {

using contract::FakeHost;

// Throws what the settings tell it to, where they tell it to: [create] throw = refused, ...
class Thrower : public dcc::Plugin {
 public:
  explicit Thrower(const dcc_host& host) : host_(host), registry_(host) { maybe_throw("create"); }

  void activate() override {
    registry_.add<&Thrower::handle>(this, {"8.14.1", "serviceD", "Body", 1u << 8});
    maybe_throw("activate");
  }
  void deactivate() override { maybe_throw("deactivate"); }

 private:
  dcc_status handle(const dcc_request&, dcc_call* call) const {
    maybe_throw("handle");
    return registry_.answer(call, "I99", "fine");
  }

  void maybe_throw(std::string_view where) const {
    for (const dcc::Setting& setting : dcc::Config(host_).settings()) {
      if (setting.section != where) continue;
      if (setting.value == "refused") throw dcc::Refused("[section] key = value");
      if (setting.value == "unavailable") throw dcc::Error(DCC_UNAVAILABLE, "nobody there");
      if (setting.value == "standard") throw std::runtime_error("standard trouble");
      throw 42;
    }
  }

  const dcc_host& host_;
  dcc::Registry registry_;
};

constexpr dcc_str kRequired[] = {dcc::str(DCC_SERVICE_REGISTRY)};
constexpr dcc_plugin_entry kEntry = dcc::entry<Thrower>("thrower", "1", "test", kRequired);

struct Thrown {
  const char* what;
  dcc_status status;
  const char* text;
};
constexpr Thrown kThrown[] = {{"refused", DCC_INVALID, "[section] key = value"},
                              {"unavailable", DCC_UNAVAILABLE, "nobody there"},
                              {"standard", DCC_INTERNAL, "standard trouble"},
                              {"number", DCC_INTERNAL, "an unknown exception"}};

dcc_plugin* create(const FakeHost& host) {
  dcc_plugin* plugin = nullptr;
  char err[64] = "";
  REQUIRE(kEntry.create(&host, &plugin, err, sizeof err) == DCC_OK);
  return plugin;
}

}  // namespace

TEST_CASE("create turns exceptions into a status and a text") {
  for (const Thrown& thrown : kThrown) {
    const FakeHost host({{"create", "throw", thrown.what}});
    dcc_plugin* plugin = nullptr;
    char err[64] = "";
    CHECK(kEntry.create(&host, &plugin, err, sizeof err) == thrown.status);
    CHECK(std::string(err) == thrown.text);
    CHECK(plugin == nullptr);
  }
}

TEST_CASE("activate turns exceptions into a status and a text") {
  for (const Thrown& thrown : kThrown) {
    const FakeHost host({{"activate", "throw", thrown.what}});
    dcc_plugin* plugin = create(host);
    char err[64] = "";
    CHECK(plugin->activate(plugin, err, sizeof err) == thrown.status);
    CHECK(std::string(err) == thrown.text);
    plugin->destroy(plugin);
  }
}

TEST_CASE("a handler's exceptions become a status, and deactivate's stay inside") {
  for (const Thrown& thrown : kThrown) {
    const FakeHost host({{"handle", "throw", thrown.what}, {"deactivate", "throw", thrown.what}});
    dcc_plugin* plugin = create(host);
    REQUIRE(plugin->activate(plugin, nullptr, 0) == DCC_OK);
    const dcc_request request = contract::request("8.14.1", "EIS", "Body", {});
    dcc_call call;
    CHECK(host.handlers[0].handle(host.handlers[0].self, &request, &call) == thrown.status);
    CHECK(call.code.empty());
    plugin->deactivate(plugin);
    plugin->destroy(plugin);
  }
}

TEST_CASE("a request shorter than the handler reads is not read") {
  const FakeHost host;
  const contract::Instance instance(kEntry, host);
  dcc_request request = contract::request("8.14.1", "EIS", "Body", {});
  dcc_call call;
  request.size = offsetof(dcc_request, deadline);
  CHECK(host.handlers[0].handle(host.handlers[0].self, &request, &call) == DCC_INVALID);
  CHECK(call.code.empty());
  request.size = sizeof request + 8;  // a later minor's
  CHECK(host.handlers[0].handle(host.handlers[0].self, &request, &call) == DCC_OK);
  CHECK(call.code == "I99");
}

TEST_CASE("a handler that the host does not take fails activate, by SRV") {
  FakeHost host;
  dcc_plugin* plugin = create(host);
  char err[64] = "";
  host.add_status = DCC_CONFLICT;
  CHECK(plugin->activate(plugin, err, sizeof err) == DCC_CONFLICT);
  CHECK(std::string(err) == "SRV 8.14.1: another plugin answers it already");
  host.add_status = DCC_NOT_NOW;
  CHECK(plugin->activate(plugin, err, sizeof err) == DCC_NOT_NOW);
  CHECK(std::string(err) == "SRV 8.14.1: the host does not take the handler");
  plugin->destroy(plugin);
}

TEST_CASE("a service that is needed and not offered fails create, by id") {
  FakeHost host;
  host.not_offered = DCC_SERVICE_REGISTRY;
  dcc_plugin* plugin = nullptr;
  char err[64] = "";
  CHECK(kEntry.create(&host, &plugin, err, sizeof err) == DCC_NOT_FOUND);
  CHECK(std::string(err) == "the host does not offer dcc.registry/1");
}

TEST_CASE("a text that does not fit is cut between characters") {
  class Euro : public dcc::Plugin {
   public:
    explicit Euro(const dcc_host&) { throw dcc::Refused("a\u20ACb"); }  // three octets in UTF-8
    void activate() override {}
  };
  constexpr dcc_plugin_entry entry = dcc::entry<Euro>("euro", "1", "test", kRequired);
  const FakeHost host;
  const auto text_in = [&](std::size_t cap) {
    dcc_plugin* plugin = nullptr;
    std::string err(8, 'x');
    CHECK(entry.create(&host, &plugin, err.data(), cap) == DCC_INVALID);
    return std::string(err.c_str());
  };
  CHECK(text_in(1) == "");
  CHECK(text_in(2) == "a");
  CHECK(text_in(4) == "a");
  CHECK(text_in(5) == "a\u20AC");
  CHECK(text_in(6) == "a\u20ACb");
}

TEST_CASE("lookups tell absence from not being able to tell") {
  CHECK(dcc::to_lookup(DCC_OK) == dcc::Lookup::found);
  CHECK(dcc::to_lookup(DCC_NOT_FOUND) == dcc::Lookup::not_found);
  constexpr dcc_status kFailures[] = {DCC_UNAVAILABLE, DCC_INVALID, DCC_INTERNAL, 77, -1};
  for (const dcc_status status : kFailures) {
    CHECK(dcc::to_lookup(status) == dcc::Lookup::unavailable);
  }
}
