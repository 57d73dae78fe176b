// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "client/commands.hpp"
#include "client/pki.hpp"

namespace sample::client {
namespace {

namespace fs = std::filesystem;
using dcc::duis::Eui64;

constexpr unsigned kPublic = 0644;
constexpr unsigned kPrivate = 0600;

struct Options {
  std::string directory;
  std::string issuer = "CN=Z1,OU=07";
  int days = 365;
  std::vector<std::string> users;
  std::vector<std::string> server_names;
};

struct User {
  Eui64 eui;
  std::string name;
};

// EUI[=NAME]
User parse_user(const std::string& text) {
  const std::size_t equals = text.find('=');
  const auto eui = Eui64::parse(text.substr(0, equals));
  const std::string name = equals == std::string::npos ? text : text.substr(equals + 1);
  if (!eui || name.empty() || name.find('/') != std::string::npos || name.front() == '.' ||
      name == "server")
    throw std::invalid_argument("User " + text +
                                ": expected such as 90-B3-D5-1F-30-01-00-00=supplier");
  return {*eui, name};
}

std::int64_t days_from_now(int days) {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  const auto time = system_clock::now() + std::chrono::hours(24) * days;
  return duration_cast<milliseconds>(time.time_since_epoch()).count();
}

// Whatever the umask: a credential directory that others may write is refused.
void make_directory(const fs::path& directory, unsigned mode) {
  fs::create_directories(directory);
  fs::permissions(directory, fs::perms{mode});
}

// DNS:localhost,IP:127.0.0.1
std::string subject_alternatives(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    boost::system::error_code no_address;
    boost::asio::ip::make_address(name, no_address);
    // A comma or a colon would begin something else in OpenSSL's notation.
    if (no_address && (name.empty() || name.find_first_of(",:/ ") != std::string::npos))
      throw std::invalid_argument("--server " + name + ": expected a host's name or address");
    text.append(text.empty() ? "" : ",").append(no_address ? "DNS:" : "IP:").append(name);
  }
  return text;
}

void write_server(const pki::Identity& ca, const Options& options) {
  if (options.server_names.empty()) return;
  const pki::Identity server = pki::make_server_certificate(
      ca, subject_alternatives(options.server_names), 0, days_from_now(options.days));
  const fs::path certificate = fs::path(options.directory) / "server.pem";
  const fs::path key = fs::path(options.directory) / "keys" / "server.key";
  pki::write_new_file(certificate, server.certificate_pem(), kPublic);
  pki::write_new_file(key, server.key_pem(), kPrivate);
  std::cout << "server " << certificate.string() << ' ' << key.string() << '\n';
}

void make_pki(const Options& options) {
  std::vector<User> users;
  for (const std::string& text : options.users) users.push_back(parse_user(text));
  const fs::path directory = options.directory;
  make_directory(directory / "credentials", 0755);
  make_directory(directory / "keys", 0700);

  const pki::Identity ca = pki::make_ca(options.issuer);
  pki::write_new_file(directory / "ca.pem", ca.certificate_pem(), kPublic);
  pki::write_new_file(directory / "ca.key", ca.key_pem(), kPrivate);
  for (const User& user : users) {
    pki::CertificateOptions with;
    with.eui = user.eui;
    with.not_after = days_from_now(options.days);
    const pki::Identity identity = pki::make_certificate(ca, with);
    const fs::path key = directory / "keys" / (user.name + ".key");
    const fs::path certificate = directory / "credentials" / (user.name + ".pem");
    pki::write_new_file(certificate, identity.certificate_pem(), kPublic);
    pki::write_new_file(key, identity.key_pem(), kPrivate);
    std::cout << user.eui.text() << ' ' << certificate.string() << ' ' << key.string() << '\n';
  }
  write_server(ca, options);
}

}  // namespace

void add_pki(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "pki",
      "Make a throw-away CA and a key and certificate for each User, for demos and tests: "
      "DIR/ca.pem, DIR/ca.key, DIR/credentials/NAME.pem, DIR/keys/NAME.key.");
  command->add_option("--out", options->directory, "directory; made if absent")
      ->required()
      ->type_name("DIR");
  command->add_option("--days", options->days, "how long the certificates are valid")
      ->capture_default_str()
      ->check(CLI::Range(1, 36500));
  command->add_option("--issuer", options->issuer, "name of the CA")->capture_default_str();
  command
      ->add_option("--server", options->server_names,
                   "also make a TLS server's certificate for this host name or address, "
                   "DIR/server.pem, and its key, DIR/keys/server.key; may be repeated")
      ->type_name("NAME")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);  // else the Users that follow were names of the server's
  command->add_option("USER", options->users, "EUI-64 of a User, or EUI-64=NAME")
      ->required()
      ->type_name("");
  command->callback([options, &exit_code] {
    make_pki(*options);
    exit_code = kSuccess;
  });
}

}  // namespace sample::client
