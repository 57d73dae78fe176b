// SPDX-License-Identifier: Apache-2.0
#include "duis/verify.hpp"

#include <chrono>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/commands.hpp"
#include "client/document.hpp"
#include "duis/reader.hpp"

namespace sample::client {
namespace {

using namespace dcc::duis;

struct Options {
  std::string directory;
  std::optional<std::string> trust_anchor;
  std::string file = "-";
};

Credentials load_credentials(const Options& options) {
  std::vector<std::string> problems;
  std::optional<std::filesystem::path> anchor = options.trust_anchor;
  Credentials credentials = Credentials::load(options.directory, anchor, problems);
  for (const std::string& problem : problems) std::cerr << "duis-client: " << problem << '\n';
  return credentials;
}

std::int64_t now() {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

int verify_file(const Options& options) {
  const Credentials credentials = load_credentials(options);
  const std::string octets = read_document(options.file);
  Reader reader(*Schema::built_in());
  const Message* message = reader.read(octets);
  if (message == nullptr) {
    std::cout << "not valid: " << reader.refusal().text << '\n';
    return kFailure;
  }
  const Verdict verdict = verify(*message, credentials, now());
  if (verdict.signer == nullptr) {
    std::cout << "not accepted: " << verdict.why << '\n';
    return kFailure;
  }
  std::cout << "signed by " << verdict.signer->eui().text() << ", certificate "
            << verdict.signer->serial() << " of " << verdict.signer->issuer() << '\n';
  return kSuccess;
}

}  // namespace

void add_verify(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "verify", "Say who signed a message. Exit code 0: a known User; 1: nobody who is accepted.");
  command->add_option("--credentials", options->directory, "directory of certificates")
      ->required()
      ->type_name("DIR");
  command
      ->add_option("--trust-anchor", options->trust_anchor,
                   "CA certificates that they must chain to")
      ->type_name("FILE");
  command->add_option("FILE", options->file, "the message")->capture_default_str()->type_name("");
  command->callback([options, &exit_code] { exit_code = verify_file(*options); });
}

}  // namespace sample::client
