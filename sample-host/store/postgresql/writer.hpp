// SPDX-License-Identifier: Apache-2.0
//
// A lane: the writer of one of a host's chains, over a connection of its own. A batch is two round
// trips. Between them nobody changes what the first one told: writers of the inventory wait at the
// gate, which is held shared until the commit. The chain's row in duis.chains tells whether another
// process commits to the chain, too, and what became of a commit whose answer was lost. One thread
// at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/postgresql/server.hpp"

namespace sample::postgresql {

class Writer final : public dcc::adaptor::StoreWriter {
 public:
  Writer(std::shared_ptr<Server> server, const std::string& host, std::size_t lane);

  // Both wait for as long as the patience; a commit that is in doubt as long again, until it is
  // known whether it was stored. Once another process has committed to the chain, all of them
  // throw a StoreError that says so.
  AuditHead begin(std::span<const Outcome* const> batch,
                  std::span<dcc::adaptor::Standing> standings) override;
  void commit(std::span<const dcc::adaptor::Record> records, const AuditHead& end) override;
  void abort() noexcept override;
  void check() override;

 private:
  Deadline deadline() const { return Clock::now() + server_->request_patience(); }
  void require_own_chain() const;
  std::vector<Rows> ask(std::span<const Call> calls);
  std::vector<Rows> attempt(std::span<const Call> calls);
  void connect();
  AuditHead pass_barrier(Connection& connection, Deadline deadline) const;
  void settle(const AuditHead& found);
  void resolve();
  void store(std::span<const dcc::adaptor::Record> records, const AuditHead& end);

  const std::shared_ptr<Server> server_;
  const std::string name_;
  std::int64_t chain_ = 0;
  AuditHead head_;                  // the chain's, as far as we know
  std::optional<AuditHead> sent_;   // the next one, in a commit that is in doubt
  bool is_fenced_ = false;          // another process has committed to the chain
  bool is_in_transaction_ = false;  // of the connection that there is
  std::unique_ptr<Connection> connection_;
};

}  // namespace sample::postgresql
