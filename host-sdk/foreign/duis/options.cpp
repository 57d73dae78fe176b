// SPDX-License-Identifier: Apache-2.0
#include "foreign/duis/options.hpp"

#include <array>

#include "foreign/json_tree.hpp"
#include "foreign/members.hpp"

namespace dcc::foreign {
namespace {

constexpr auto kNames =
    std::to_array<std::string_view>({"certificates", "control_broker", "trust_anchor",
                                     "certificate", "key", "schema", "schema_versions"});
constexpr std::string_view kVersions = "2.0-5.4";  // unless the options say others
constexpr std::size_t kMaxVersions = 1000;

std::optional<std::filesystem::path> find_path(const Members& members, std::string_view name) {
  if (members.find(name) == nullptr) return std::nullopt;
  return read_path(members, name);
}

adaptor::SchemaVersions read_versions(const Members& members) {
  const Json* const said = members.find("schema_versions");
  const std::string_view text =
      said == nullptr ? kVersions : read_word(members, "schema_versions", kMaxVersions);
  if (auto versions = adaptor::SchemaVersions::parse(text)) return *std::move(versions);
  refuse(Path(members.path(), "schema_versions"), shown(*said),
         "decimals and ranges of them, such as \"2.0-3.1, 5.4\"");
}

}  // namespace

DuisOptions read_duis_options(std::string_view text) {
  const JsonTree tree(text);
  const Path top;
  const Members members(tree.root(), top, kNames);
  DuisOptions options;
  options.certificates = read_path(members, "certificates");
  options.control_broker = {read_eui64(members, "control_broker")};
  options.trust_anchor = find_path(members, "trust_anchor");
  if (members.find("certificate") != nullptr || members.find("key") != nullptr) {
    options.signing = {read_path(members, "certificate"), read_path(members, "key")};
  }
  options.schema = find_path(members, "schema");
  options.schema_versions = read_versions(members);
  return options;
}

}  // namespace dcc::foreign
