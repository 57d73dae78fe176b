// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/server.hpp"

#include <algorithm>

namespace sample::postgresql {
namespace {

// A host that is frozen in the midst of a commit keeps imports waiting, but not for ever. No plan
// is compiled, which would take a third of a second for what only looks expensive: a small table
// that has no index, while reading from end to end is switched off.
const Statement kRequestSettings{"request_settings",
                                 "SELECT set_config('lock_timeout', $1::text, false),"
                                 " set_config('idle_in_transaction_session_timeout', '5s', false),"
                                 " set_config('synchronous_commit', 'on', false),"
                                 " set_config('jit', 'off', false),"
                                 " set_config('plan_cache_mode', 'force_generic_plan', false),"
                                 " set_config('enable_seqscan', 'off', false),"
                                 " set_config('enable_hashjoin', 'off', false),"
                                 " set_config('enable_mergejoin', 'off', false)"};
// What compares all rows fits in memory up to a million or two, and begins at once: to look at many
// rows for a plan takes longer than it saves.
const Statement kImportSettings{"import_settings",
                                "SELECT set_config('lock_timeout', $1::text, false),"
                                " set_config('synchronous_commit', 'on', false),"
                                " set_config('work_mem', '64MB', false),"
                                " set_config('jit', 'off', false),"
                                " set_config('default_statistics_target', '1', false)"};
const Statement kStarted{"started", "SELECT pg_postmaster_start_time()::text"};
// Writes to the log, and so waits at its commit for the disk and the standby; holds no lock.
const Statement kBarrier{"barrier", "SELECT pg_logical_emit_message(true, 'dcc-sample-host', '')"};

}  // namespace

std::unique_ptr<Connection> Server::connect_for_requests() {
  return connect(kRequestSettings, request_patience_);
}

std::unique_ptr<Connection> Server::connect_for_import() {
  return connect(kImportSettings, import_patience_);
}

std::unique_ptr<Connection> Server::connect(const Statement& settings,
                                            std::chrono::milliseconds patience) {
  auto connection = std::make_unique<Connection>(target_);
  const Deadline deadline = Clock::now() + patience;
  // The server gives up before we do: then the connection is not lost.
  const std::string lock_timeout =
      std::to_string(std::max<std::int64_t>(1, patience.count() * 3 / 4)) + "ms";
  connection->run(settings, Parameters(lock_timeout), deadline);
  believe(*connection, deadline);
  return connection;
}

void Server::believe(Connection& connection, Deadline deadline) {
  const Rows started = connection.run(kStarted, {}, deadline);
  const std::string start(started.text(0, 0));
  {
    const std::lock_guard lock(mutex_);
    if (believed_.contains(start)) return;
  }
  connection.run(kBarrier, {}, deadline);
  if (connection.warning()) {
    throw ConnectionLost(target_.text() + ": not believed: " + *connection.warning());
  }
  const std::lock_guard lock(mutex_);
  believed_.insert(start);
}

}  // namespace sample::postgresql
