// SPDX-License-Identifier: Apache-2.0
#include "adaptor/ledger.hpp"

#include <algorithm>
#include <utility>

#include "adaptor/audit.hpp"
#include "adaptor/outcome_json.hpp"
#include "adaptor/retention.hpp"

namespace dcc::adaptor {
namespace {

bool is_accepted_return(const Outcome& outcome) {
  return outcome.accepted() && std::ranges::find(kReturnSrvs, outcome.srv) != kReturnSrvs.end();
}

// Of the facts that were used those hold whose revision is the same, or else their answer: a large
// import of orders must not turn away every agent.
bool holds(const Outcome& outcome, const Standing& standing) {
  return std::ranges::all_of(standing.changed, [&](const host::Fact& now) {
    const auto then = std::ranges::find_if(outcome.facts, [&](const host::Fact& fact) {
      return fact.kind == now.kind && fact.key == now.key;
    });
    return then != outcome.facts.end() && then->same_answer(now);
  });
}

// The records of one batch, from the end of the chain on.
class Records {
 public:
  Records(AuditHead end, std::size_t at_most) : end_(std::move(end)) { all_.reserve(at_most); }

  CommitResult take(const Outcome& outcome, const Standing& standing) {
    if (standing.is_known || is_known(outcome.request_id)) return CommitResult::duplicate;
    if (is_forgotten(outcome.request_id, standing.forgotten)) return CommitResult::duplicate;
    if (!holds(outcome, standing)) return CommitResult::stale;
    add(outcome, standing);
    return CommitResult::committed;
  }

  const std::vector<Record>& all() const { return all_; }
  AuditHead& end() { return end_; }

 private:
  void add(const Outcome& outcome, const Standing& standing) {
    const bool accepted_return = is_accepted_return(outcome);
    const bool repeated = accepted_return && outcome.device_id &&
                          (standing.was_returned || was_returned(*outcome.device_id));
    Record& record = all_.emplace_back(Record{outcome,
                                              ++end_.cursor,
                                              accepted_return,
                                              repeated,
                                              items_to_json(outcome.items),
                                              facts_to_json(outcome.facts),
                                              {}});
    end_.hash = record.hash = audit_hash(end_.hash, record);
  }

  bool is_known(const RequestId& id) const {
    return std::ranges::any_of(
        all_, [&](const Record& record) { return record.outcome.request_id == id; });
  }

  bool was_returned(Eui64 device_id) const {
    return std::ranges::any_of(all_, [&](const Record& record) {
      return record.accepted_return && record.outcome.device_id == device_id;
    });
  }

  AuditHead end_;
  std::vector<Record> all_;
};

// A transaction of the writer's, aborted unless committed.
class Transaction {
 public:
  explicit Transaction(StoreWriter& writer) : writer_(writer) {}
  ~Transaction() {
    if (!committed_) writer_.abort();
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit(std::span<const Record> records, const AuditHead& end) {
    writer_.commit(records, end);
    committed_ = true;
  }

 private:
  StoreWriter& writer_;
  bool committed_ = false;
};

}  // namespace

Ledger::Ledger(Store& store, SignHead sign_head, std::size_t lane)
    : writer_(store.writer(lane)), sign_head_(std::move(sign_head)) {}

std::vector<CommitResult> Ledger::commit(std::span<const Outcome* const> batch) {
  for (int repetitions = 2; repetitions > 0; --repetitions) {
    try {
      return commit_once(batch);
    } catch (const WriteConflict&) {
      // What has become known meanwhile is known to the next transaction from its beginning.
    }
  }
  return commit_once(batch);
}

std::vector<CommitResult> Ledger::commit_once(std::span<const Outcome* const> batch) {
  std::vector<CommitResult> results;
  results.reserve(batch.size());
  std::vector<Standing> standings(batch.size());
  Transaction transaction(*writer_);
  Records records(writer_->begin(batch, standings), batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    results.push_back(records.take(*batch[i], standings[i]));
  }
  AuditHead& end = records.end();
  if (!records.all().empty()) {
    end.signature = sign_head_ ? sign_head_(audit_head_text(end.cursor, end.hash)) : std::string();
  }
  transaction.commit(records.all(), end);
  return results;
}

Ledgers ledgers_of(Store& store, const SignHead& sign_head) {
  Ledgers ledgers;
  for (std::size_t lane = 0; lane < store.lanes(); ++lane)
    ledgers.push_back(std::make_unique<Ledger>(store, sign_head, lane));
  return ledgers;
}

}  // namespace dcc::adaptor
