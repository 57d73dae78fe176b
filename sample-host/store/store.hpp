// SPDX-License-Identifier: Apache-2.0
//
// What the sample host keeps: the register of Users, the Device Inventory, orders and appointments,
// and the outcomes. An interface, so that another database can stand behind it; sqlite/store.hpp is
// the embedded one.
//
// A Store is shared by all threads and hands out readers, one per worker thread. commit() is for
// one thread at a time, the committer's; outcomes() and the imports are safe from any. Functions
// throw StoreError when the database cannot be reached or refuses; the transaction under way has
// changed nothing then.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "duis/identifiers.hpp"
#include "host/facts.hpp"

namespace sample {

using dcc::duis::Eui64;
using dcc::duis::RequestId;

struct StoreError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A stored outcome is not as this program writes it; what() names it.
struct UnreadableOutcome : StoreError {
  using StoreError::StoreError;
};

// The SRVs that return a Communications Hub.
inline constexpr std::array<std::string_view, 2> kReturnSrvs{"8.14.3", "8.14.4"};

// A leaf element of a request's body.
struct Item {
  std::string path;
  std::string value;
};

// An answered request, as it is stored before the answer leaves. Times: Unix milliseconds.
struct Outcome {
  RequestId request_id;
  std::string digest;  // SHA-256 of the canonical request, 32 octets: what was signed
  std::string srv;
  std::string role;                // empty: unknown User
  std::optional<Eui64> device_id;  // the body's DeviceID
  std::string code;
  std::string reason;
  std::int64_t received_at = 0;
  std::int64_t decided_at = 0;
  std::string handler;        // plugin id, version and build; empty: the host decided
  std::string settings_hash;  // of that plugin's settings
  std::vector<Item> items;    // the body's, kept for accepted requests only
  std::string request;        // octets as received
  std::string response;       // octets as sent
  // All that was known when it was decided, each there or not there. It is decided the same way
  // again with these; what of them was used must still hold when it is stored.
  std::vector<dcc::host::Fact> facts;

  bool accepted() const { return code.starts_with('I'); }
};

// An outcome as read back, with its place in commit order.
struct StoredOutcome {
  std::int64_t cursor = 0;  // strictly increasing in commit order
  bool accepted_return = false;
  bool repeated = false;  // an accepted return, and an earlier one of this hub was accepted, too
  std::string hash;       // of the record and, by the one before, of all before it: audit.hpp
  Outcome outcome;        // facts and items as stored; request and response only if asked for
};

// The end of the audit trail: audit.hpp.
struct AuditHead {
  std::int64_t cursor = 0;  // of the last outcome; 0: there is none
  std::string hash;         // its hash, 32 octets
  std::string signature;    // 64 octets, r and s, over audit_head_text(); empty: not signed
};

// Signs audit_head_text(). Called by the thread that commits.
using SignHead = std::function<std::string(std::string_view text)>;

// What a RequestID was answered with before.
struct Replay {
  std::string digest;
  std::string response;
};

enum class CommitResult {
  committed,  // on disk
  stale,      // a fact that was used no longer holds; nothing stored; decide again
  duplicate,  // the RequestID has an outcome already; nothing stored
  failed,     // the store refused or could not be reached; said by the Committer, not by a Store
};

// Rows of an import, typed and checked; `line` is where the file has them. Views are of literals:
// there may be tens of millions of rows.
struct UserRow {
  Eui64 user_id;
  std::string_view role, status;
  std::string name;
  std::size_t line = 0;
};
struct DeviceRow {
  Eui64 device_id;
  std::string_view type, status;
  std::size_t line = 0;
};
struct OrderRow {
  Eui64 device_id, supplier_id;
  std::size_t line = 0;
};
struct AppointmentRow {
  Eui64 agent_id, supplier_id;
  std::string valid_from;   // ISO date, UTC, inclusive
  std::string valid_until;  // likewise; empty: open
  std::size_t line = 0;
};

// Read access for one thread. Every call sees the latest committed state; while a Moment lives, all
// see that which the first of them saw, and are cheaper.
class StoreReader {
 public:
  class Moment {
   public:
    explicit Moment(StoreReader& reader) : reader_(reader) { reader_.begin(); }
    ~Moment() { reader_.end(); }
    Moment(const Moment&) = delete;
    Moment& operator=(const Moment&) = delete;

   private:
    StoreReader& reader_;
  };

  virtual ~StoreReader() = default;

  // Answers the facts that are asked for, of the kinds that the contract knows.
  virtual void answer(dcc::host::Facts& facts) = 0;
  virtual std::optional<Replay> replay(const RequestId& id) = 0;

 private:
  virtual void begin() = 0;
  virtual void end() noexcept = 0;
};

enum class Table { users, devices, orders, appointments };

// A row's key, whichever table it is of.
struct RowKey {
  Eui64 id;             // the User's, device's or agent's
  Eui64 supplier_id{};  // of appointments, as the next
  std::string_view valid_from{};
};

class Leftovers;

class Store {
 public:
  enum class Which { all, accepted_returns };

  virtual ~Store() = default;

  virtual std::unique_ptr<StoreReader> reader() = 0;

  // Stores a batch in one durable transaction, with the new head of the audit trail, and says what
  // became of each. Earlier outcomes of
  // the batch count for later ones (duplicate, repeated). Called by one thread at a time.
  virtual std::vector<CommitResult> commit(std::span<const Outcome* const> batch) = 0;

  // Writes what nobody reads. For the thread that commits; throws StoreError where a commit would.
  virtual void check() = 0;

  // In commit order, after `cursor`, at most `limit`. `with_messages`: request and response, too.
  virtual std::vector<StoredOutcome> outcomes(Which which, std::int64_t cursor, std::size_t limit,
                                              bool with_messages) = 0;

  virtual AuditHead audit_head() = 0;

  // Upserts by key, in the order given, in transactions of at most 10,000 rows; the rows should be
  // sorted by key. An import of many may come in several calls. A device row that changes something
  // raises that device's revision; rows of Users (but for their names), orders and appointments
  // that do raise the one revision of these three. Safe beside a running host, from another process
  // too. `progress` is called after each transaction with the rows done; it may be empty. Returns
  // how many rows changed something.
  using Progress = std::function<void(std::size_t done)>;
  virtual std::size_t import_users(std::span<const UserRow> rows, const Progress& progress) = 0;
  virtual std::size_t import_devices(std::span<const DeviceRow> rows, const Progress& progress) = 0;
  virtual std::size_t import_orders(std::span<const OrderRow> rows, const Progress& progress) = 0;
  virtual std::size_t import_appointments(std::span<const AppointmentRow> rows,
                                          const Progress& progress) = 0;

  // For a file that is the whole truth about a table.
  virtual std::unique_ptr<Leftovers> leftovers(Table table) = 0;
};

// The rows of a table whose keys are not among those that are kept, as they are when first asked
// for. For one thread; throws StoreError.
class Leftovers {
 public:
  virtual ~Leftovers() = default;
  // Not twice the same, and none after the first question.
  virtual void keep(const RowKey& key) = 0;
  virtual std::size_t count() = 0;
  // Of the first of them by key, the keys as an import's file has them.
  virtual std::vector<std::string> first(std::size_t limit) = 0;
  // In transactions of at most 10,000 rows, safe beside a running host. A device that is removed
  // and imported again gets a revision that it never had.
  virtual void remove(const Store::Progress& progress) = 0;
};

// Opens (and creates, if absent) the store that a [store] url names: sqlite:PATH, an absolute path
// by now. `sign_head` may be empty: the audit trail's head is not signed then. Throws StoreError:
// unknown scheme, not a database, another version's, not writable.
std::unique_ptr<Store> open_store(std::string_view url, SignHead sign_head = {});

// Reads a store that is there, which may be in use, and throws StoreError if it is damaged, which
// leaves it as it is.
enum class Depth {
  structure,   // every page: a second or two for a gigabyte
  everything,  // also every row against every index, and whose store it is: several times as long;
               // no file is written, made or removed
};
void check_store(std::string_view url, Depth depth);

}  // namespace sample
