// SPDX-License-Identifier: Apache-2.0
//
// What a store does for an adaptor. It is about rows, not rules: it tells facts and earlier
// answers, for many requests in one call, and takes a batch of outcomes in one transaction. What is
// decided, numbered, chained and compared is written once, above it (pipeline.hpp, ledger.hpp). The
// database behind it is the adaptor's own; store_suite.hpp tries whether a store keeps what is
// promised here.
//
// A Store is shared by all threads and hands out readers and writers, each for one thread at a
// time, none of which outlives it. Functions throw StoreError when the database cannot be reached
// or refuses; the transaction under way has changed nothing then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "adaptor/outcome.hpp"

namespace dcc::adaptor {

struct StoreError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Nothing was stored, because another writer was faster; the same batch may be taken again.
struct WriteConflict : StoreError {
  using StoreError::StoreError;
};

// A stored outcome is not as this program writes it; what() names it.
struct UnreadableOutcome : StoreError {
  using StoreError::StoreError;
};

// What a RequestID was answered with before.
struct Replay {
  std::string digest;
  std::string response;
  // The outcome was archived under this cursor, and the response with it; 0: it was not.
  std::int64_t archived = 0;
  std::string chain{};  // of one that was archived: its chain's name
};

// What is asked about one request.
struct Inquiry {
  RequestId request_id;
  std::optional<Replay> before{};  // told: nothing, if the RequestID has no outcome
  // Told, if it has none: the highest counter of its originator's that was forgotten. The store
  // cannot tell whether one up to it was answered.
  std::optional<std::uint64_t> forgotten{};
  host::Facts facts{};  // told: those that are asked for
};

class StoreReader {
 public:
  virtual ~StoreReader() = default;
  // Tells all of it as it was at one moment, no earlier than this call. A fact that was asked is
  // there, not there or, if it is of a kind that the store does not have, unavailable. Facts of an
  // inquiry that has an earlier answer may stay untold.
  virtual void answer(std::span<Inquiry> inquiries) = 0;
};

// How an outcome that is to be stored stands to what is stored.
struct Standing {
  bool is_known = false;  // the RequestID has an outcome, or had one that is remembered
  std::optional<std::uint64_t> forgotten{};  // as Inquiry's
  // Of an accepted return: an earlier one of this hub is stored, or was before it was archived.
  bool was_returned = false;
  // Of the facts that were used, those whose revision is another by now, told anew; a store without
  // revisions tells all of them.
  std::vector<host::Fact> changed{};
};

// What is stored of an outcome beside itself.
struct Record {
  const Outcome& outcome;
  std::int64_t cursor = 0;
  bool accepted_return = false;
  bool repeated = false;
  std::string items, facts;  // the outcome's, as outcome_json.hpp writes them
  std::string hash;
};

// Takes outcomes, a batch in a transaction, and puts them at the end of a chain. There is one at a
// time for each chain, if need be over processes.
class StoreWriter {
 public:
  virtual ~StoreWriter() = default;

  // Begins a transaction: where the chain ends, and how each outcome of the batch stands. Nothing
  // of what is told here changes before commit() or abort(), in whatever process, but for one
  // thing: an outcome that was not known may become known, and commit() throws WriteConflict then.
  virtual AuditHead begin(std::span<const Outcome* const> batch, std::span<Standing> standings) = 0;
  // Stores the records and the new end of the chain, and ends the transaction; on disk when it
  // returns. There may be none. If it throws, nothing was stored, or nobody can tell: then the
  // next begin() finds out, or throws, and whoever asks by RequestID is told what became of it.
  virtual void commit(std::span<const Record> records, const AuditHead& end) = 0;
  // Ends a transaction that was begun and not committed, also after one of the two threw.
  virtual void abort() noexcept = 0;

  // Writes what nobody reads, outside of a transaction; throws where a commit would.
  virtual void check() = 0;
};

// An outcome that was archived, as far as it is remembered.
struct Remembered {
  std::int64_t cursor = 0;
  RequestId request_id;
  std::int64_t decided_at = 0;
};

// Removes outcomes of a chain that are kept elsewhere. What may be removed, and when what is left
// of it may be forgotten, is decided above: retention.hpp. One thread at a time, beside a writer
// that is used.
class StoreRetention {
 public:
  virtual ~StoreRetention() = default;

  // Removes the outcomes up to start.cursor, and the chain begins there, in one transaction. Of
  // each is remembered its RequestID, digest and code, its cursor, when it was decided, and which
  // hubs were returned.
  virtual void archive(const AuditStart& start) = 0;

  // The first of what is remembered, by cursor.
  virtual std::vector<Remembered> remembered(std::size_t limit) = 0;

  // Forgets what is remembered up to `cursor`, but for the hubs, in one transaction. `highest`: of
  // each originator the highest counter among it; the store keeps the highest ever given.
  virtual void forget(std::int64_t cursor,
                      std::span<const std::pair<Eui64, std::uint64_t>> highest) = 0;

  // Gives back the room of what was removed, of whatever chain, where a store does not by itself.
  virtual void give_back_room() {}
};

// Which store it is. A store that was put back from a backup is the same in another epoch: what was
// stored after the backup is lost, and its cursors are given again.
struct StoreIdentity {
  std::string id;  // 16 octets, random; empty: the store has none
  std::int64_t epoch = 0;
  bool operator==(const StoreIdentity&) const = default;
};

// Outcomes in commit order, each with a hash of the one before: what one writer at a time has
// stored. The store's audit trail is all of its chains. An embedded store has one; a database that
// several hosts commit to has one for each connection that commits. From any thread.
class Chain {
 public:
  enum class Which { all, accepted_returns };

  virtual ~Chain() = default;

  // HOST.LANE, of letters, digits and hyphens; empty: the store has no other chain and never will.
  virtual std::string name() const { return {}; }

  // In commit order, after `cursor`, at most `limit`. `with_messages`: request and response, too.
  virtual std::vector<StoredOutcome> outcomes(Which which, std::int64_t cursor, std::size_t limit,
                                              bool with_messages) = 0;

  // The end of the chain as stored last; of an empty one cursor 0 and kAuditOrigin.
  virtual AuditHead audit_head() = 0;

  // Where the chain begins; if everything is kept, at its first outcome.
  virtual AuditStart audit_start() { return {}; }

  // Null: everything is kept. Throws StoreError also if whoever opened the store may not remove
  // anything.
  virtual std::unique_ptr<StoreRetention> retention() { return nullptr; }
};

class Store {
 public:
  using Which = Chain::Which;

  virtual ~Store() = default;

  virtual std::unique_ptr<StoreReader> reader() = 0;

  // Does a reader wait for another process? Then the questions of several requests are better asked
  // in one call.
  virtual bool is_remote() const { return false; }

  // How many writers may commit at once, each to a chain of its own: the lanes, from 0.
  virtual std::size_t lanes() const { return 1; }
  virtual std::unique_ptr<StoreWriter> writer(std::size_t lane) = 0;

  // All there are now, those of other hosts, too, by their names. There is one at least, they only
  // become more, and live as long as the store. From any thread.
  virtual std::vector<Chain*> chains() = 0;

  // The same as long as the store is open. From any thread.
  virtual StoreIdentity identity() { return {}; }
};

// Calls `take` for every outcome of the chain after `cursor`, with its messages, in commit order,
// also for those that are stored meanwhile; returns the last one's cursor.
template <typename Take>
std::int64_t for_each_record(Chain& chain, std::int64_t cursor, Take take) {
  constexpr std::size_t kPage = 256;
  for (;;) {
    const auto page = chain.outcomes(Chain::Which::all, cursor, kPage, true);
    if (page.empty()) return cursor;
    for (const StoredOutcome& record : page) take(record);
    cursor = page.back().cursor;
  }
}

// Likewise for all chains, one after the other, up to where they end now: take(record, done, all),
// of which the numbers are outcomes.
template <typename Take>
void for_each_record_until_now(Store& store, Take take) {
  struct Part {
    Chain* chain;
    std::int64_t first, last;
  };
  std::vector<Part> parts;
  std::int64_t done = 0, all = 0;
  for (Chain* const chain : store.chains()) {
    parts.push_back({chain, chain->audit_start().cursor, chain->audit_head().cursor});
    all += parts.back().last - parts.back().first;
  }
  for (const Part& part : parts) {
    for_each_record(*part.chain, part.first, [&](const StoredOutcome& record) {
      if (record.cursor <= part.last) take(record, ++done, all);
    });
  }
}

// Of a store that has one. Throws StoreError: it has several.
inline Chain& only_chain(Store& store) {
  Chain& first = *store.chains().front();
  if (first.name().empty()) return first;
  throw StoreError("the store has chains of several hosts, and this is for a store with one");
}

}  // namespace dcc::adaptor
