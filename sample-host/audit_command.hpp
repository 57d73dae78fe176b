// SPDX-License-Identifier: Apache-2.0
//
// `dcc-sample-host audit`: the audit trail's head, its verification and its export.
#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "config.hpp"

namespace sample {

struct AuditCommand {
  bool verify = false;
  std::string known_head;   // hexadecimal; empty: none
  std::string certificate;  // a file; empty: the configured signing certificate, if there is one
  std::string export_file;  // empty: no export; "-": `out`
  std::string archive;      // a directory, instead of the store; empty: none
  bool decisions = false;   // with verify: audit_decisions.hpp
};

// Opens no store that is not there. True: done, and with `verify` the trail is whole; what is wrong
// is written to `out`, a line each. Throws std::exception: a file or an option cannot be used.
bool audit(const Config& config, const AuditCommand& command, std::ostream& out);

// The same of command.archive, whose trail the configured store must go on with, if there is one.
bool audit_archive(const std::optional<Config>& config, const AuditCommand& command,
                   std::ostream& out);

}  // namespace sample
