// SPDX-License-Identifier: Apache-2.0
//
// The smallest host: loads the plugins of a directory and puts one question to each handler.
#include <cstdio>
#include <cstdlib>

#include "host/plugin_directory.hpp"

using namespace dcc::host;

// What this host's inventory says: one Communications Hub. An adaptor asks its database here.
class Inventory final : public Lookups {
  std::optional<Device> device(std::uint64_t id) override {
    if (id != 0x00DB123456789001) return std::nullopt;
    return Device{.type = "CHF", .status = "Pending", .revision = 1};
  }
  Relation acts_for_orderer(std::uint64_t, std::uint64_t, std::int64_t) override { return {}; }
  Relation acts_for_any(std::uint64_t, std::int64_t) override { return {}; }
};

dcc_str str(std::string_view text) {
  return {text.data(), text.size()};
}

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: example-host PLUGINS SETTINGS CACHE PROBE DEVICE-ID\n");
    return EXIT_FAILURE;
  }
  HostServices services;
  services.log = [](auto, std::string_view source, std::string_view line) {
    std::fprintf(stderr, "%s: %s\n", std::string(source).c_str(), std::string(line).c_str());
  };
  Registry registry;
  PluginDirectory plugins(
      {.directory = argv[1], .config_directory = argv[2], .cache = argv[3], .probe = argv[4]},
      services, registry);
  for (const PluginReport& plugin : plugins.reload()) {  // again whenever the files changed
    std::printf("%s %s %s\n", plugin.file.c_str(), plugin.live ? "is live," : "is refused:",
                plugin.live ? plugin.build.c_str() : plugin.reason.c_str());
  }

  // A request, which an adaptor has received and authenticated, as the handlers see it.
  const dcc_item items[] = {{str("DeviceID"), str(argv[5])}};
  dcc_request request{};
  request.size = sizeof request;
  request.command_variant = 8;
  request.user_role = str("EIS");
  request.items = items;
  request.item_count = 1;

  Inventory inventory;
  const auto table = registry.current();  // this request's, whatever is swapped meanwhile
  for (const auto& [srv, handler] : table->handlers()) {
    request.srv = str(srv);
    const Decision decision = handler->decide(request, inventory);
    std::printf("%s: %s, %s\n", srv.c_str(), decision.code.c_str(), decision.reason.c_str());
  }  // an adaptor commits the outcome only if decision.read_set still holds
}
