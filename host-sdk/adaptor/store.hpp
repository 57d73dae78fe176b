// SPDX-License-Identifier: Apache-2.0
//
// What a store does for an adaptor. It is about rows, not rules: it tells facts and earlier
// answers, for many requests in one call, and takes a batch of outcomes in one transaction. What is
// decided, numbered, chained and compared is written once, above it (pipeline.hpp, ledger.hpp). The
// database behind it is the adaptor's own; store_suite.hpp tries whether a store keeps what is
// promised here.
//
// A Store is shared by all threads and hands out readers and the writer, each for one thread at a
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
#include <vector>

#include "adaptor/outcome.hpp"

namespace dcc::adaptor {

struct StoreError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A stored outcome is not as this program writes it; what() names it.
struct UnreadableOutcome : StoreError {
  using StoreError::StoreError;
};

// What a RequestID was answered with before.
struct Replay {
  std::string digest;
  std::string response;
};

// What is asked about one request.
struct Inquiry {
  RequestId request_id;
  std::optional<Replay> before{};  // told: nothing, if the RequestID has no outcome
  host::Facts facts{};             // told: those that are asked for
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
  bool is_known = false;      // the RequestID has an outcome
  bool was_returned = false;  // of an accepted return: an earlier one of this hub is stored
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

// Takes outcomes, a batch in a transaction. There is one at a time for all of a store, if need be
// over processes.
class StoreWriter {
 public:
  virtual ~StoreWriter() = default;

  // Begins a transaction: where the trail ends, and how each outcome of the batch stands. Nothing
  // of what is told here changes before commit() or abort(), in whatever process.
  virtual AuditHead begin(std::span<const Outcome* const> batch, std::span<Standing> standings) = 0;
  // Stores the records and the new end of the trail, and ends the transaction; on disk when it
  // returns. There may be none. If it throws, nothing was stored.
  virtual void commit(std::span<const Record> records, const AuditHead& end) = 0;
  // Ends a transaction that was begun and not committed, also after one of the two threw.
  virtual void abort() noexcept = 0;

  // Writes what nobody reads, outside of a transaction; throws where a commit would.
  virtual void check() = 0;
};

class Store {
 public:
  enum class Which { all, accepted_returns };

  virtual ~Store() = default;

  virtual std::unique_ptr<StoreReader> reader() = 0;
  virtual std::unique_ptr<StoreWriter> writer() = 0;

  // In commit order, after `cursor`, at most `limit`. `with_messages`: request and response, too.
  // From any thread.
  virtual std::vector<StoredOutcome> outcomes(Which which, std::int64_t cursor, std::size_t limit,
                                              bool with_messages) = 0;

  // The end of the trail as stored last; of an empty one cursor 0 and kAuditOrigin. From any
  // thread.
  virtual AuditHead audit_head() = 0;
};

// Calls `take` for every stored outcome after `cursor`, with its messages, in commit order, also
// for those that are stored meanwhile; returns the last one's cursor.
template <typename Take>
std::int64_t for_each_record(Store& store, std::int64_t cursor, Take take) {
  constexpr std::size_t kPage = 256;
  for (;;) {
    const auto page = store.outcomes(Store::Which::all, cursor, kPage, true);
    if (page.empty()) return cursor;
    for (const StoredOutcome& record : page) take(record);
    cursor = page.back().cursor;
  }
}

}  // namespace dcc::adaptor
