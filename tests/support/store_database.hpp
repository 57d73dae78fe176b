// SPDX-License-Identifier: Apache-2.0
//
// A store on a PostgreSQL server: a database made by `dcc-sample-host init-store`, a user who is a
// host and one who imports, both with a password, which no log may show. Thread-safety as of
// PostgresqlServer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/host_fixture.hpp"
#include "support/postgresql_server.hpp"

namespace support {

class StoreDatabase {
 public:
  static constexpr std::string_view kPassword = "not-for-logs";

  // `settings`: SQL of the owner's before the schema is made; @ is the database's name.
  explicit StoreDatabase(PostgresqlServer& server, const std::string& settings = {});

  const std::string& name() const { return name_; }
  // The owner's.
  std::string owner_url() const { return server_->url(name_); }
  PostgresqlSession session() const { return PostgresqlSession(owner_url()); }
  // Its standby is the server from now on.
  void is_on(PostgresqlServer& server) { server_ = &server; }

  // The options of a host on this database. `host`: its name there, and that of its sessions as
  // pg_stat_activity has it. `servers`: of a url with
  // several; nothing: the one that this was made on.
  HostFixture::Options options(const std::string& host, unsigned connections = 2,
                               const std::vector<const PostgresqlServer*>& servers = {}) const;

  // "ok", or what is wrong: chains without a gap that begin and end where they say they do, a
  // RequestID for each outcome and each that is remembered and no other, and of each hub that was
  // returned one first return, unless that was archived.
  std::string integrity() const;

 private:
  const PostgresqlServer* server_;
  const std::string name_;
};

// A host's configuration with the owner in its user's place, beside it: for commands.
std::filesystem::path owner_configuration(const HostFixture& host);

// Two hosts beside each other, started; with them the server's settings and their connections.
struct TwoHosts {
  explicit TwoHosts(unsigned connections = 2, const std::vector<std::string>& settings = {})
      : server(false, settings),
        a(database.options("host-a", connections)),
        b(database.options("host-b", connections), a) {
    a.start();
    b.start();
  }

  PostgresqlServer server;
  StoreDatabase database{server};
  HostFixture a, b;
};

}  // namespace support
