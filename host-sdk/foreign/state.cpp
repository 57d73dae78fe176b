// SPDX-License-Identifier: Apache-2.0
#include "foreign/state.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "json/json_text.hpp"

namespace dcc::foreign {
namespace {

namespace json = boost::json;

json::object plugin_of(const host::PluginReport& report) {
  return {{"file", report.file},
          {"live", report.live},
          {"refused", report.refused},
          {"reason", report.reason},
          {"id", report.id},
          {"version", report.version},
          {"build", report.build},
          {"live_hash", report.live_hash},
          {"found_hash", report.found_hash},
          {"live_settings", report.live_settings},
          {"found_settings", report.found_settings},
          {"srvs", json::array(report.srvs.begin(), report.srvs.end())}};
}

json::array variants_of(std::uint32_t bits) {
  json::array variants;
  for (int n = 0; n < 32; ++n) {
    if ((bits >> n & 1U) != 0) variants.push_back(n);
  }
  return variants;
}

json::object handler_of(const host::Handler& handler) {
  const host::Handler::Info& info = handler.info();
  const host::Handler::Counts counts = handler.counts();
  return {{"srv", info.srv},
          {"endpoint", info.endpoint},
          {"body_element", info.body_element},
          {"command_variants", variants_of(info.command_variants)},
          {"plugin", info.owner},
          {"version", info.version},
          {"build", info.build},
          {"settings", info.settings_hash},
          {"calls", counts.calls},
          {"failed", counts.failed},
          {"late", counts.late},
          {"inside", counts.inside}};
}

}  // namespace

std::string state_text(const std::vector<host::PluginReport>& plugins,
                       const host::HandlerTable& handlers) {
  json::array files, live;
  for (const host::PluginReport& report : plugins) files.push_back(plugin_of(report));
  for (const auto& [srv, handler] : handlers.handlers()) live.push_back(handler_of(*handler));
  return json_text(json::object{{"plugins", std::move(files)}, {"handlers", std::move(live)}});
}

}  // namespace dcc::foreign
