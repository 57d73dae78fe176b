// SPDX-License-Identifier: Apache-2.0
//
// The store for several hosts: a PostgreSQL database, in whose schema `duis` each host has chains
// of its own, one for each connection that commits. What it promises, and what it needs: README.md
// here. Thread-safety as of Store.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "store/store.hpp"

namespace sample {

// Of the schema. Version 1 knew no archive.
inline constexpr std::int64_t kPostgresqlVersion = 2;

struct PostgresqlOptions {
  // Names this host's chains: letters, digits and hyphens, 1 to 63. No two hosts that run have the
  // same.
  std::string host;
  // How many connections commit, each to a chain: 1 to 64.
  std::size_t lanes = 4;
  // How long a commit or a read waits for the server: less than a client waits. Of a commit that is
  // in doubt, as long again.
  std::chrono::milliseconds request_patience{2'000};
  // How long a transaction of an import waits.
  std::chrono::milliseconds import_patience{60'000};
};

// `url`: postgresql://USER@HOST/DATABASE and so on, as libpq takes it. All three throw StoreErrors
// that say what is wrong and what to do, and never show a password.
//
// Refuses a database whose schema is not this version's, not whole, or has no place for the
// outcomes of this month; a server that does not force what it acknowledges to disk; a bad option.
std::unique_ptr<Store> open_postgresql_store(const std::string& url,
                                             const PostgresqlOptions& options);

// As the database's owner: makes the schema, the roles duis_host and duis_import, and the tables
// for the outcomes of this month and the next three. Of a schema that is whole, only what it has
// since an earlier version, and the months that are missing. Everything else is refused and left
// alone.
void init_postgresql_store(const std::string& url);

// As a host: everything that opening it looks at, the next month's table, and this user's rights.
void check_postgresql_store(const std::string& url);

}  // namespace sample
