// SPDX-License-Identifier: Apache-2.0
//
// What the contract costs: one decision asked of the loaded plugin by a host that does nothing
// else, and by the SDK's host (which marks the facts that are used, checks code and reason, and
// counts), beside the same rule called as functions. Google Benchmark's options; see --help.
//
//     boundary-bench [--benchmark_format=json]
#include <benchmark/benchmark.h>

#include "bench/pipeline.hpp"
#include "contract/loaded.hpp"
#include "duis/reader.hpp"
#include "eligibility.hpp"
#include "request.hpp"

namespace {

using namespace bench;

// As EasyInventory, to the rule itself.
class EasyLookups final : public ch_returns::Lookups {
 public:
  std::optional<ch_returns::Device> device() override {
    return ch_returns::Device{"CHF", "Pending"};
  }
  bool acts_for_orderer() override { return true; }
  bool acts_for_any() override { return true; }
};

ch_returns::Settings shipped() {
  using enum ch_returns::Role;
  ch_returns::Settings settings;
  for (const auto srv : {ch_returns::Srv::fault_return, ch_returns::Srv::no_fault_return}) {
    settings.allowed(srv, eis).any = true;
    settings.allowed(srv, gis).any = true;
    settings.allowed(srv, sna).statuses = {"Pending"};
  }
  return settings;
}

// A request, as a handler gets it.
class Request {
 public:
  const World world{1};
  const dcc_request& view() {
    return view_.of(*reader_.read(world.requests()[0]), "SNA", kNow, kNow + 2000);
  }

 private:
  dcc::duis::Reader reader_{*dcc::duis::Schema::built_in()};
  dcc::duis::RequestView view_;
};

void called_directly(benchmark::State& state) {
  Request made;
  const dcc_request& request = made.view();
  const auto settings = shipped();
  constexpr auto srv = ch_returns::Srv::fault_return;
  EasyLookups lookups;
  for (auto _ : state) {
    const auto read = read_return(srv, request);
    const auto hub = dcc::eui64_characters(read.hub);
    const ch_returns::Question question{srv, dcc::view(request.user_role),
                                        std::string_view(hub.data(), hub.size()),
                                        read.found_post_installation};
    benchmark::DoNotOptimize(decide(settings, question, lookups));
  }
}

constexpr dcc_setting setting(const char* section, const char* key, const char* value) {
  return {dcc::str(section), dcc::str(key), dcc::str(value)};
}
constexpr dcc_setting kSettings[] = {
    setting("8.14.3", "EIS", "any"),     setting("8.14.3", "GIS", "any"),
    setting("8.14.3", "SNA", "Pending"), setting("8.14.4", "EIS", "any"),
    setting("8.14.4", "GIS", "any"),     setting("8.14.4", "SNA", "Pending"),
    setting("SNA", "status_code", "E5"), setting("SNA", "appointment", "required")};

// The least that a host can do: a Pending hub, a confirmed agent, and the outcome is looked at, not
// kept.
struct BareHost : dcc_host {
  BareHost()
      : dcc_host{sizeof(dcc_host), DCC_ABI_MAJOR, DCC_ABI_MINOR,
                 dcc::str("bare"), dcc::str("1"), service} {}

  static const void* service(const dcc_host*, dcc_str id) {
    static constexpr dcc_log_v1 log = {[](const dcc_host*, std::int32_t, dcc_str) {}};
    static constexpr dcc_config_v1 config = {
        [](const dcc_host*) { return std::size(kSettings); },
        [](const dcc_host*, std::size_t index, dcc_setting* out) {
          *out = kSettings[index];
          return dcc_status{DCC_OK};
        }};
    static constexpr dcc_inventory_v1 inventory = {
        [](const dcc_host*, dcc_call*, std::uint64_t, dcc_device* out) {
          out->type = dcc::str("CHF");
          out->status = dcc::str("Pending");
          return dcc_status{DCC_OK};
        }};
    static constexpr dcc_appointments_v1 appointments = {
        [](const dcc_host*, dcc_call*, std::uint64_t, std::uint64_t, std::int64_t,
           std::int32_t* answer) {
          *answer = DCC_YES;
          return dcc_status{DCC_OK};
        },
        [](const dcc_host*, dcc_call*, std::uint64_t, std::int64_t, std::int32_t* answer) {
          *answer = DCC_YES;
          return dcc_status{DCC_OK};
        }};
    static constexpr auto keep = [](const dcc_host*, dcc_call*, dcc_str text) {
      benchmark::DoNotOptimize(text);
      return dcc_status{DCC_OK};
    };
    static constexpr dcc_registry_v1 registry = {
        [](const dcc_host* host, const dcc_handler* added) {
          if (dcc::view(added->srv) == "8.14.3")
            static_cast<const BareHost*>(host)->handler = *added;
          return dcc_status{DCC_OK};
        },
        keep, keep, keep};
    const auto name = dcc::view(id);
    if (name == DCC_SERVICE_LOG) return &log;
    if (name == DCC_SERVICE_CONFIG) return &config;
    if (name == DCC_SERVICE_INVENTORY) return &inventory;
    if (name == DCC_SERVICE_APPOINTMENTS) return &appointments;
    return name == DCC_SERVICE_REGISTRY ? &registry : nullptr;
  }

  mutable dcc_handler handler{};  // of 8.14.3
};

void across_the_contract(benchmark::State& state) {
  Request made;
  const dcc_request& request = made.view();
  const BareHost host;
  const auto& entry = contract::load(DCC_BINARY_DIR "/plugins/ch-returns.so");
  dcc_plugin* plugin = nullptr;
  char why[256] = "";
  if (entry.create(&host, &plugin, why, sizeof why) != DCC_OK ||
      plugin->activate(plugin, why, sizeof why) != DCC_OK) {
    fail(why);
  }
  for (auto _ : state) {
    if (host.handler.handle(host.handler.self, &request, nullptr) != DCC_OK) fail("not DCC_OK");
  }
  plugin->deactivate(plugin);
  plugin->destroy(plugin);
}

void by_the_sdks_host(benchmark::State& state) {
  Request made;
  const dcc_request& request = made.view();
  const LoadedPlugin plugin(made.world);
  const auto table = plugin.registry().current();
  const auto* handler = table->find("8.14.3");
  if (handler == nullptr) fail("no handler");
  dcc::host::Facts facts = bench::easy_facts(request);
  dcc::host::Decision decision;
  for (auto _ : state) handler->decide(request, facts, decision);
  if (decision.code != "I99") fail("not I99");
}

}  // namespace

BENCHMARK(called_directly);
BENCHMARK(across_the_contract);
BENCHMARK(by_the_sdks_host);
BENCHMARK_MAIN();
