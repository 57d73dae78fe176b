// SPDX-License-Identifier: Apache-2.0
//
// A PostgreSQL server of a test's own, in a temporary directory, gone with it; Debian's clusters
// are not touched. As root it runs as user postgres. What it acknowledges is on disk. From one
// thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/temp_directory.hpp"

struct pg_conn;

namespace support {

class PostgresqlServer {
 public:
  // Besides its Unix socket it listens on 127.0.0.1, where a password is asked for, if `with_tcp`.
  // `settings`: NAME=VALUE.
  explicit PostgresqlServer(bool with_tcp = false, std::vector<std::string> settings = {});
  // Another server's copy, which follows it under the name `standby` until it is promoted.
  static PostgresqlServer standby_of(const PostgresqlServer& primary);
  ~PostgresqlServer();
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;

  // A new one, of encoding UTF8; returns its name.
  std::string make_database();
  // Over the Unix socket, as its owner or another user.
  std::string url(std::string_view database, std::string_view user = "postgres") const;

  std::filesystem::path socket_directory() const { return directory_.path(); }
  int port() const { return port_; }
  pid_t pid() const { return pid_; }

  void start();         // one that was stopped or killed, with what it had stored
  void stop();          // in order
  void kill();          // all of its processes at once
  void freeze() const;  // likewise
  void thaw() const;
  void promote() const;  // a standby: returns when it takes writes

 private:
  // `make_data`: the command that does.
  PostgresqlServer(bool with_tcp, std::vector<std::string> settings,
                   std::vector<std::string> make_data);

  std::vector<std::string> as_its_user(const std::vector<std::string>& command) const;
  std::vector<pid_t> processes() const;
  void wait_until_ready(int notified) const;
  void wait_for_end(const std::vector<pid_t>& all);

  const TempDirectory directory_;
  const bool with_tcp_;
  const std::vector<std::string> settings_;
  int port_ = 5432;
  pid_t pid_ = -1;
  int databases_ = 0;
};

// A user's session, as with psql.
class PostgresqlSession {
 public:
  explicit PostgresqlSession(const std::string& url);
  ~PostgresqlSession();
  PostgresqlSession(const PostgresqlSession&) = delete;
  PostgresqlSession& operator=(const PostgresqlSession&) = delete;

  using Row = std::vector<std::string>;
  // The last statement's rows. Throws std::runtime_error with the server's message, which begins
  // with the SQLSTATE.
  std::vector<Row> run(const std::string& statements);
  // The one value that it gives.
  std::string value(const std::string& statement) { return run(statement).at(0).at(0); }

 private:
  pg_conn* handle_;
};

}  // namespace support
