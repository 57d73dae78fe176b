// SPDX-License-Identifier: Apache-2.0
//
// The subcommands of duis-client, one file each. Each function adds one; when it is the one that
// was asked for, it runs within app.parse() and leaves the exit code. They throw
// std::exception for what keeps them from doing their work.
#pragma once

#include <CLI/CLI.hpp>

namespace sample::client {

inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;
inline constexpr int kRejected = 2;
inline constexpr int kNoAnswer = 3;

void add_sign(CLI::App& app, int& exit_code);
void add_verify(CLI::App& app, int& exit_code);
void add_send(CLI::App& app, int& exit_code);
void add_pki(CLI::App& app, int& exit_code);
void add_import_keystore(CLI::App& app, int& exit_code);
void add_console(CLI::App& app, int& exit_code);

}  // namespace sample::client
