// SPDX-License-Identifier: Apache-2.0
//
// The options of dccd_new(), as its comment in dcc/duis.h describes them. Pure.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "adaptor/schema_versions.hpp"
#include "duis/identifiers.hpp"

namespace dcc::foreign {

struct DuisOptions {
  struct SigningKey {
    std::filesystem::path certificate, key;
  };

  std::filesystem::path certificates;
  std::optional<std::filesystem::path> trust_anchor;
  duis::Eui64 control_broker;
  std::optional<SigningKey> signing;
  std::optional<std::filesystem::path> schema;
  adaptor::SchemaVersions schema_versions;
};

// BadInput: they are not what they should be.
DuisOptions read_duis_options(std::string_view text);

}  // namespace dcc::foreign
