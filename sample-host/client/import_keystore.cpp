// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "client/commands.hpp"
#include "client/document.hpp"
#include "client/pki.hpp"
#include "duis/credentials.hpp"

namespace sample::client {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr unsigned kPublic = 0644;
constexpr unsigned kPrivate = 0600;

struct Options {
  std::string keystore, directory;
};

// Those of the keystore that can sign XML, by what they are here: it says nothing of User Roles.
struct User {
  const char *name, *eui, *role, *title;  // no role: not a User
};
constexpr auto kUsers = std::to_array<User>({
    {"supplier", "90-B3-D5-1F-30-01-00-00", "IS", "DCC's test Supplier"},
    {"supplier2", "90-B3-D5-1F-30-02-00-00", "IS", "DCC's second test Supplier"},
    {"agent", "00-DB-12-34-56-78-00-04", "RSA", "Agent that the Supplier has appointed"},
    {"broker", "90-B3-D5-1F-30-00-00-02", nullptr, nullptr},
});
// The keystore has no fourth key for a User: this one's is made here, and DCC's tools have not got
// it.
constexpr User kLonely{"lonely", "90-B3-D5-1F-30-04-00-00", "RSA",
                       "Agent that nobody has appointed"};

// Hub ...-A2 is the one that DCC's templates name.
constexpr std::string_view kDevices =
    "device_id,type,status\n"
    "00-DB-12-34-56-78-90-A2,CHF,Pending\n"
    "00-DB-12-34-56-78-90-A3,CHF,Commissioned\n"
    "00-DB-12-34-56-78-90-A4,CHF,Pending\n"
    "00-DB-12-34-56-78-90-A5,ESME,Commissioned\n"
    "00-DB-12-34-56-78-90-A6,CHF,Pending\n";
constexpr std::string_view kOrders =
    "device_id,supplier_id\n"
    "00-DB-12-34-56-78-90-A2,90-B3-D5-1F-30-01-00-00\n"
    "00-DB-12-34-56-78-90-A3,90-B3-D5-1F-30-01-00-00\n"
    "00-DB-12-34-56-78-90-A6,90-B3-D5-1F-30-02-00-00\n";
constexpr std::string_view kAppointments =
    "agent_id,supplier_id,valid_from,valid_until\n"
    "00-DB-12-34-56-78-00-04,90-B3-D5-1F-30-01-00-00,2020-01-01,\n";
constexpr std::string_view kConfiguration =
    "[http]\n"
    "listen = 127.0.0.1:8079\n"
    "[admin]\n"
    "listen = 127.0.0.1:8080\n"
    "[duis]\n"
    "control_broker = 90-B3-D5-1F-30-00-00-02\n"
    "[credentials]\n"
    "directory = credentials\n"
    "[store]\n"
    "url = sqlite:state/store.db\n"
    "[plugins]\n"
    "directory = plugins\n"
    "config_directory = plugins.d\n"
    "[signing]\n"
    "certificate = credentials/broker.pem\n"
    "key = keys/broker.key\n";

std::string rows_of_users() {
  std::string rows = "user_id,role,status,name\n";
  const auto add = [&rows](const User& user) {
    if (user.role != nullptr)
      rows.append(user.eui)
          .append(1, ',')
          .append(user.role)
          .append(",Active,")
          .append(user.title) += '\n';
  };
  for (const User& user : kUsers) add(user);
  add(kLonely);
  return rows;
}

// Made beside DIR and renamed to it at the end, so that DIR is never half of a world.
class Staging {
 public:
  explicit Staging(const std::string& directory)
      : directory_(fs::absolute(directory + "/.").lexically_normal().parent_path()),
        part_(directory_) {
    part_ += ".part";
    if (fs::exists(directory_) && !fs::is_empty(directory_))
      throw std::runtime_error("--out " + directory + ": expected none, or an empty one");
    fs::create_directories(directory_.parent_path());
    if (!fs::create_directory(part_))
      throw std::runtime_error(part_.string() + ": is there already, of another import: remove it");
    fs::permissions(part_, fs::perms{0755});  // whatever the umask
  }
  ~Staging() {
    std::error_code ignored;
    fs::remove_all(part_, ignored);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  fs::path directory(const char* name, unsigned mode) const {
    fs::create_directory(part_ / name);
    fs::permissions(part_ / name, fs::perms{mode});
    return part_ / name;
  }
  const fs::path& path() const { return part_; }
  void done() const { fs::rename(part_, directory_); }

 private:
  const fs::path directory_;
  fs::path part_;
};

// A text member of an entry of the keystore.
std::string_view text_of(const json::object& entry, const char* name) {
  const json::value* const found = entry.if_contains(name);
  if (found == nullptr || !found->is_string()) return {};
  return {found->as_string().data(), found->as_string().size()};
}

// EUI: 16 lower-case digits, as the keystore spells it. Null: it has no key for XML signatures;
// other entries are for GBCS.
const json::object* xml_signing(const json::object& keystore, std::string eui) {
  std::erase(eui, '-');
  for (char& c : eui) c = static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
  const json::value* const party = keystore.if_contains(eui);
  if (party == nullptr || !party->is_object()) return nullptr;
  const json::value* const uses = party->as_object().if_contains("digitalSignature");
  if (uses == nullptr || !uses->is_object()) return nullptr;
  for (const auto& [serial, entry] : uses->as_object()) {
    if (entry.is_object() &&
        text_of(entry.as_object(), "name").find("xml-sign-") != std::string_view::npos)
      return &entry.as_object();
  }
  return nullptr;
}

json::object read_keystore(const std::string& file) {
  json::error_code error;
  json::value read = json::parse(read_document(file), error);
  if (error || !read.is_object())
    throw std::runtime_error(file + ": expected keystore.json of @smartdcc/dccboxed-keystore, " +
                             (error ? error.message() : "an object"));
  return std::move(read.as_object());
}

void write_user(const User& user, std::string_view certificate, std::string_view key,
                const fs::path& certificates, const fs::path& keys) {
  const fs::path certificate_file = certificates / (std::string(user.name) + ".pem");
  const fs::path key_file = keys / (std::string(user.name) + ".key");
  pki::write_new_file(certificate_file, certificate, kPublic);
  pki::write_new_file(key_file, key, kPrivate);
  const auto is = dcc::duis::Signer::load(certificate_file, key_file).certificate().eui();
  if (is != dcc::duis::Eui64::parse(user.eui))
    throw std::runtime_error("its certificate is that of " + is.text());
}

void import_keystore(const Options& options) {
  const json::object keystore = read_keystore(options.keystore);
  const Staging staging(options.directory);
  const fs::path certificates = staging.directory("credentials", 0755);
  const fs::path keys = staging.directory("keys", 0700);
  const fs::path world = staging.directory("world", 0755);
  for (const char* const empty : {"plugins", "plugins.d"}) staging.directory(empty, 0755);

  for (const User& user : kUsers) {
    const std::string who = options.keystore + ": " + user.eui + ": ";
    const json::object* const entry = xml_signing(keystore, user.eui);
    if (entry == nullptr)
      throw std::runtime_error(who + "expected a digitalSignature that is named xml-sign-...");
    try {
      write_user(user, text_of(*entry, "certificate"), text_of(*entry, "privateKey"), certificates,
                 keys);
    } catch (const std::exception& e) {
      throw std::runtime_error(who + e.what());
    }
  }
  pki::CertificateOptions with;
  with.eui = *dcc::duis::Eui64::parse(kLonely.eui);
  const pki::Identity lonely = pki::make_certificate(pki::make_ca("CN=Z1,OU=07"), with);
  write_user(kLonely, lonely.certificate_pem(), lonely.key_pem(), certificates, keys);

  pki::write_new_file(world / "users.csv", rows_of_users(), kPublic);
  pki::write_new_file(world / "devices.csv", kDevices, kPublic);
  pki::write_new_file(world / "orders.csv", kOrders, kPublic);
  pki::write_new_file(world / "appointments.csv", kAppointments, kPublic);
  pki::write_new_file(staging.path() / "sample-host.ini", kConfiguration, kPublic);
  staging.done();
}

// What is left to do, as a shell takes it.
void print_next(const std::string& directory) {
  std::cout << directory
            << " has what a host and a console need but the plugin. To go on, there:\n"
               "  install -m 644 .../ch-returns.so plugins/\n"
               "  install -m 644 .../ch-returns.ini plugins.d/\n"
               "  for table in users devices orders appointments; do\n"
               "    dcc-sample-host import $table world/$table.csv --config sample-host.ini; done\n"
               "  dcc-sample-host serve --config sample-host.ini &\n"
               "  duis-client console --url http://127.0.0.1:8079 --admin 127.0.0.1:8080 \\\n"
               "    --keys keys --credentials credentials --settings plugins.d/ch-returns.ini \\\n"
               "    --config sample-host.ini --world world\n";
}

}  // namespace

void add_import_keystore(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "import-keystore",
      "Make a world of DCC's public test keys: two Suppliers, an agent that the first has "
      "appointed, "
      "one that nobody has (its key is made here), hubs, among them the one that DCC's templates "
      "name, and a host's configuration on port 8079.");
  command
      ->add_option("KEYSTORE", options->keystore,
                   "keystore.json of npm's @smartdcc/dccboxed-keystore")
      ->required()
      ->type_name("");
  command
      ->add_option("--out", options->directory,
                   "directory; made, unless it is there and empty: credentials, keys, world, "
                   "sample-host.ini, and plugins and plugins.d for the plugin")
      ->required()
      ->type_name("DIR");
  command->callback([options, &exit_code] {
    import_keystore(*options);
    print_next(options->directory);
    exit_code = kSuccess;
  });
}

}  // namespace sample::client
