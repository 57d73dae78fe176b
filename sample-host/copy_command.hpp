// SPDX-License-Identifier: Apache-2.0
//
// `dcc-sample-host copy-store`: a store moves to another database. For the main thread.
#pragma once

#include <CLI/CLI.hpp>
#include <ostream>
#include <string>

namespace sample {

struct CopyCommand {
  std::string from, to;     // as [store] url has it, or a file
  std::string certificate;  // a file: whose signatures the heads must have; empty: not looked at
  std::string chain;        // CopyOptions::chain
  bool beside_hosts = false;
};

CLI::App* add_copy_store(CLI::App& app, CopyCommand& command);

// Copies, verifies both sides, and says what was copied and how fast. Throws std::exception, which
// says what is wrong; TO is as it was then.
void copy_store(const CopyCommand& command, std::ostream& out);

}  // namespace sample
