// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <memory>
#include <string>

#include "client/commands.hpp"
#include "client/document.hpp"

namespace sample::client {
namespace {

struct Options {
  std::string key, certificate;
  std::string file = "-";
};

void sign(const Options& options) {
  const auto signer = dcc::duis::Signer::load(options.certificate, options.key);
  std::cout << sign_message(read_document(options.file), options.file, signer).octets << '\n';
}

}  // namespace

void add_sign(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "sign", "Write a message, compact and signed in the DUIS profile, to standard output.");
  command->add_option("--key", options->key, "private key, mode 0600")
      ->required()
      ->type_name("FILE");
  command->add_option("--cert", options->certificate, "its certificate")
      ->required()
      ->type_name("FILE");
  command->add_option("FILE", options->file, "the message; a signature in it is replaced")
      ->capture_default_str()
      ->type_name("");
  command->callback([options, &exit_code] {
    sign(*options);
    exit_code = kSuccess;
  });
}

}  // namespace sample::client
