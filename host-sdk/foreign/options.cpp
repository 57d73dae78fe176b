// SPDX-License-Identifier: Apache-2.0
#include "foreign/options.hpp"

#include <algorithm>
#include <array>

#include "foreign/bad_input.hpp"
#include "foreign/json_tree.hpp"
#include "foreign/members.hpp"
#include "host/call.hpp"

namespace dcc::foreign {
namespace {

constexpr auto kNames =
    std::to_array<std::string_view>({"plugins", "settings", "cache", "probe", "probe_ms", "name",
                                     "version", "fact_kinds", "watch"});
constexpr std::int64_t kMaxProbeTime = 3'600'000;  // an hour

std::vector<std::string> read_kinds(const Json& json, const Path& path) {
  std::vector<std::string> kinds;
  const auto values = read_array(json, path);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Path at(path, i);
    const std::string_view kind = read_word(values[i], at, host::kMaxKind);
    if (kind.starts_with("dcc.")) {
      refuse(at, shown(values[i]), "a kind of your own: what begins with dcc. is the contract's");
    }
    if (std::ranges::find(kinds, kind) != kinds.end()) refuse(at, shown(values[i]), "each once");
    kinds.emplace_back(kind);
  }
  return kinds;
}

}  // namespace

Options read_options(std::string_view text) {
  const JsonTree tree(text);
  const Path top;
  const Members members(tree.root(), top, kNames);
  Options options;
  options.paths.directory = read_path(members, "plugins");
  options.paths.config_directory = read_path(members, "settings");
  options.paths.cache = read_path(members, "cache");
  options.paths.probe = read_path(members, "probe");
  if (members.find("probe_ms") != nullptr) {
    options.paths.probe_time =
        std::chrono::milliseconds(read_integer(members, "probe_ms", kMaxProbeTime, 1));
  }
  if (members.find("name") != nullptr) options.name = read_word(members, "name");
  if (members.find("version") != nullptr) options.version = read_word(members, "version");
  if (const Json* const kinds = members.find("fact_kinds")) {
    options.fact_kinds = read_kinds(*kinds, {top, "fact_kinds"});
  }
  if (members.find("watch") != nullptr) options.watch = read_boolean(members, "watch");
  return options;
}

}  // namespace dcc::foreign
