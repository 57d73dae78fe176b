// SPDX-License-Identifier: Apache-2.0
//
// A dcc-sample-host of its own for one test, in a temporary directory: configuration, certificates,
// imported Users and hubs, the plugin, and the running process, spoken to over HTTP. Gone with the
// object, whatever becomes of the test.
//
// request(), sign() and the ports are safe from any thread; the rest is for one at a time.
#pragma once

#include <atomic>
#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duis/writer.hpp"
#include "support/credentials.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/temp_directory.hpp"
#include "support/under_test.hpp"

namespace support {

inline const std::string kBroker = "90-B3-D5-1F-30-00-00-02";

// A User of the test world, called by its name in tests.
struct Member {
  const char* name;
  const char* eui;
  const char* role;
  const char* status;  // null: has a certificate, but is not in the register
};

inline constexpr Member kMembers[] = {
    {"eis", "90-B3-D5-1F-30-01-00-00", "EIS", "Active"},
    {"gis", "90-B3-D5-1F-30-01-00-01", "GIS", "Active"},
    {"suspended", "90-B3-D5-1F-30-02-00-00", "EIS", "Suspended"},
    {"sna", "90-B3-D5-1F-30-03-00-00", "SNA", "Active"},
    {"lonely", "90-B3-D5-1F-30-04-00-00", "SNA", "Active"},  // acts for nobody
    {"es", "90-B3-D5-1F-30-05-00-00", "ES", "Active"},
    {"ed", "90-B3-D5-1F-30-05-00-01", "ED", "Active"},
    {"gt", "90-B3-D5-1F-30-05-00-02", "GT", "Active"},
    {"ou", "90-B3-D5-1F-30-05-00-03", "OU", "Active"},
    {"mdr", "90-B3-D5-1F-30-05-00-04", "MDR", "Active"},
    {"unknown", "90-B3-D5-1F-30-06-00-00", "EIS", nullptr},
};

inline constexpr const char* kStatuses[] = {
    "Pending",      "Whitelisted",    "InstalledNotCommissioned",
    "Commissioned", "Decommissioned", "Withdrawn",
    "Suspended",    "Recovery",       "Recovered"};

// Devices: a hub in each status, ordered for the User "eis"; a hub that is Pending and ordered for
// nobody; a meter; and none.
std::string hub(std::string_view status);
inline const std::string kUnorderedHub = "00-DB-12-34-56-78-90-10";
inline const std::string kMeter = "00-DB-12-34-56-78-90-11";
inline const std::string kNoDevice = "00-DB-12-34-56-78-90-FF";

class HostFixture {
 public:
  struct Options {
    bool plugin = true;             // there when the host starts
    bool signing = true;            // the host signs its responses
    bool world = true;              // Users, hubs, orders and appointments are imported
    bool watch = false;             // what is dropped goes live without a reload
    bool supplier_returns = false;  // the host's own handlers
    unsigned workers = 2;
    // On a machine that is busy with other tests nothing is turned away for waiting.
    std::string http = "max_wait_ms = 0\n";        // further keys of [http]
    std::string tls;                               // the keys of [tls], as tls() makes them
    std::string admin = "listen = 127.0.0.1:0\n";  // the keys of [admin]
    std::filesystem::path schema = {};
    std::string store = {};  // further keys of [store]
    // A store on a server, in the place of a file of its own. The urls are those of a user who is a
    // host and of one who imports.
    struct Database {
      std::string url, import_url;
      std::string host = "host-a";
      unsigned connections = 2;
    };
    std::optional<Database> database = {};
  };

  // With TLS: certificate server.pem and key keys/server.key, and what else `keys` says.
  static std::string tls(const std::string& keys) {
    return "certificate = server.pem\nkey = keys/server.key\n" + keys;
  }

  // Everything but the process.
  explicit HostFixture(const Options& options);
  // A host beside another, which outlives it, on the same database: that one's credentials are its
  // own, and what is requested through either has a RequestID of its own. It imports no world.
  HostFixture(const Options& options, const HostFixture& other);
  // Started.
  HostFixture() : HostFixture(Options{}) { start(); }

  // `launcher`: a program and its arguments that become the host, such as env or prlimit.
  void start(const std::vector<std::string>& launcher = {});
  // SIGTERM; all that the host printed. Throws if it does not end well.
  Finished stop();
  // The same when it was told already.
  Finished await_end();
  void kill();
  Process& process() { return *process_; }

  const std::filesystem::path& directory() const { return directory_.path(); }
  std::filesystem::path configuration() const { return directory() / "sample-host.ini"; }
  std::filesystem::path plugins() const { return directory() / "plugins"; }
  std::filesystem::path settings() const { return directory() / "plugins.d"; }
  std::filesystem::path store() const { return directory() / "state" / "store.db"; }
  Credentials& credentials() { return users_->credentials; }

  // Plugin files.
  void drop_plugin(const std::filesystem::path& object, std::string_view settings);
  void drop_ch_returns();

  // `dcc-sample-host import TABLE`, in a process of its own.
  Finished import(const std::string& table, std::string_view csv) const;
  // The same for rows that must be accepted; the header is added.
  void import_rows(const std::string& table, const std::string& rows) const;

  // A request that nothing is wrong with, with a RequestID of its own.
  dcc::duis::RequestFields request(const std::string& user, std::string_view srv,
                                   const std::string& device);
  std::string sign(const std::string& user, const dcc::duis::RequestFields& fields) const;

  // Service Requests.
  HttpClient client() const { return HttpClient(http_port_); }
  HttpReply post(const std::string& document, const std::string& endpoint = "serviceD");
  // What a signed request is answered with, as code_of() says it.
  std::string answer(const std::string& user, std::string_view srv, const std::string& device);
  std::string answer(const std::string& user, const dcc::duis::RequestFields& fields);
  std::string service_url() const;

  std::uint16_t http_port() const { return http_port_; }
  // 0: a Unix socket, which the functions below do not reach.
  std::uint16_t admin_port() const { return admin_port_; }
  HttpReply admin(std::string_view method, const std::string& target);
  boost::json::object get(const std::string& target);
  // The status of POST /reload.
  unsigned reload();
  // All outcomes, or all returns, in commit order of each chain.
  boost::json::array outcomes();
  boost::json::array returns();

 private:
  // Those who send requests.
  struct Users {
    explicit Users(const std::filesystem::path& directory) : credentials(directory) {}
    Credentials credentials;
    std::atomic<std::uint64_t> counter = 1000;
  };

  // `credentials`: where those of another host are, with a slash; empty: its own.
  void prepare(const Options& options, const std::string& credentials);
  boost::json::array all(const std::string& name);

  const TempDirectory directory_;
  const std::shared_ptr<Users> users_;
  std::filesystem::path import_configuration_ = configuration();
  std::unique_ptr<Process> process_;
  std::uint16_t http_port_ = 0, admin_port_ = 0;
  std::optional<HttpClient> http_client_;
};

// The port that stands in a line such as "http listens on 127.0.0.1:8079". Throws if there is none.
std::uint16_t port_in(const std::string& line);

std::filesystem::path sample_host_program();
std::filesystem::path duis_client_program();
std::string ch_returns_settings();  // as shipped

// The test world as files for import.
inline constexpr const char* kTables[] = {"users", "devices", "orders", "appointments"};
std::string world_csv(const std::string& table);

// The User ID of a member.
std::string eui_of(const std::string& user);

// The ResponseCode of a DUIS response, else the HTTP status: "I99", "E5", "409".
std::string code_of(const HttpReply& reply);

// The text of the first element with this name, or what stands between two texts; empty: none.
std::string element_text(std::string_view document, std::string_view name);
// A copy with `to` in the place of the first `from`, which must be there.
std::string edited(std::string text, std::string_view from, std::string_view to);

}  // namespace support
