// SPDX-License-Identifier: Apache-2.0
//
// The smallest host: loads the plugins of a directory and puts one question to each handler.
#include <cstdio>
#include <iostream>

#include "dcc/plugin.hpp"
#include "host/decide.hpp"
#include "host/plugin_directory.hpp"

using namespace dcc::host;

// What this host knows: a Supplier, a hub and its site. An adaptor asks its database here.
void answer(Facts& facts) {
  for (Fact& fact : facts.all()) {
    const bool is_of_the_hub = fact.key == "00-DB-12-34-56-78-90-01";
    if (fact.kind == kUserFact)
      fact.is_there({{"role", "EIS"}, {"status", "Active"}}, 1);
    else if (fact.kind == kDeviceFact && is_of_the_hub)
      fact.is_there({{"type", "CHF"}, {"status", "Pending"}}, 1);
    else if (fact.kind == "example.site" && is_of_the_hub)
      fact.is_there({{"region", "north"}}, 1);
    else if (fact.kind == kActsFact || fact.kind == kActsForAnyFact)
      fact.is_there({{"acts", "no"}}, 1);
    else
      fact.is_not_there(1);
  }
}

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: example-host PLUGINS SETTINGS CACHE PROBE DEVICE-ID\n");
    return 1;
  }
  HostServices services;
  services.log = [](auto, auto source, auto line) { std::cerr << source << ": " << line << '\n'; };
  services.fact_kinds = {"example.site"};  // beside those of the contract
  LiveHandlers registry;
  PluginDirectory plugins(
      {.directory = argv[1], .config_directory = argv[2], .cache = argv[3], .probe = argv[4]},
      services, registry);
  for (const PluginReport& plugin : plugins.reload())  // again whenever the files changed
    std::printf("%s %s %s\n", plugin.file.c_str(), plugin.live ? "is live," : "is refused:",
                plugin.live ? plugin.build.c_str() : plugin.reason.c_str());
  const dcc_item items[] = {{dcc::str("DeviceID"), dcc::str(argv[5])}};
  dcc_request request{};  // that an adaptor has received and authenticated
  request.size = sizeof request;
  request.command_variant = 8;
  request.counter = 1;
  request.received_at = 1767225601000;
  request.deadline = request.received_at + 2000;
  request.service_reference = dcc::str("8.14");
  request.items = items;
  request.item_count = 1;
  const auto table = registry.current();  // this request's, whatever is swapped meanwhile
  for (const auto& [srv, handler] : table->handlers()) {
    request.srv = dcc::str(srv);
    request.body_element = dcc::str(handler->info().body_element);
    Facts facts;
    Decision decision;
    decide(*table, "serviceD", request, facts, decision, answer);
    std::printf("%s: %s, %s\n", srv.c_str(), decision.code.c_str(), decision.reason.c_str());
  }  // an adaptor commits the outcome only if the facts that are `used` still hold
}
