// SPDX-License-Identifier: Apache-2.0
//
// duis-client: signs, verifies and sends DUIS messages, makes certificates and a world to try it
// with, and serves a console for testers.
#include <exception>
#include <iostream>

#include "client/commands.hpp"

int main(int argc, char** argv) {
  CLI::App app("Signs, verifies and sends DUIS messages.", "duis-client");
  app.require_subcommand(1);
  int exit_code = sample::client::kSuccess;
  sample::client::add_sign(app, exit_code);
  sample::client::add_verify(app, exit_code);
  sample::client::add_send(app, exit_code);
  sample::client::add_pki(app, exit_code);
  sample::client::add_import_keystore(app, exit_code);
  sample::client::add_console(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? sample::client::kSuccess : sample::client::kFailure;
  } catch (const std::exception& e) {
    std::cerr << "duis-client: " << e.what() << '\n';
    return sample::client::kFailure;
  }
  return exit_code;
}
