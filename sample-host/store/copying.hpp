// SPDX-License-Identifier: Apache-2.0
//
// A store as it is copied into another database: what is read there, and where it is written here.
// Objects serve one thread at a time. Functions throw StoreError.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "adaptor/store.hpp"

namespace sample {

// What the chain of a store with only one is called where there are several. No host is called so
// unless somebody says it.
inline constexpr std::string_view kFileChain = "file.0";

// What a row has in a column, good until the next row; monostate: NULL. EUI-64s and counters are
// the signed integer of the same 64 bits.
struct Octets {
  std::string_view value;
};
using Cell = std::variant<std::monostate, std::int64_t, std::string_view, Octets>;

// RequestIDs of archived outcomes, and hubs of which an accepted return was archived.
inline constexpr std::string_view kRemembered = "remembered", kReturned = "returned";

// A table whose rows are copied as they are. Its name and its columns are the same in every
// database, but for those of what was archived.
struct CopiedTable {
  std::string_view name;
  std::string_view key;     // the columns of its key
  std::string_view others;  // the other columns; may be none
  std::string_view types;   // of all columns, in this order: i integer, t text, o octets

  std::string columns() const {
    return std::string(key) + (others.empty() ? "" : ", ") + std::string(others);
  }
};

// All there are, beside the outcomes and what follows from them. They are put after the chains.
inline constexpr std::array<CopiedTable, 7> kCopiedTables{{
    {"users", "user_id", "role, status, name", "ittt"},
    {"devices", "device_id", "type, status, revision", "itti"},
    {"orders", "device_id", "supplier_id", "ii"},
    {"appointments", "agent_id, supplier_id, valid_from", "valid_until", "iitt"},
    // Of outcomes that were archived. A database has its own tables for the first two.
    {kRemembered, "chain, cursor", "originator, target, counter, digest, code, decided_at",
     "tiiiioti"},
    {kReturned, "device_id", "", "i"},
    {"forgotten", "originator", "counter", "ii"},
}};

class CopiedRows {
 public:
  virtual ~CopiedRows() = default;
  // The next one; false: there is none.
  virtual bool next(std::vector<Cell>& row) = 0;
};

// What a store holds, as it was at one moment.
class CopyView {
 public:
  virtual ~CopyView() = default;

  // Those that have records, or had before these were archived. They live as long as the view.
  virtual std::vector<dcc::adaptor::Chain*> chains() = 0;
  // RequestIDs that are not new, and hubs of which a return was accepted.
  virtual std::int64_t request_ids() = 0;
  virtual std::int64_t returned_hubs() = 0;

  virtual std::int64_t count(const CopiedTable& table) = 0;
  virtual std::unique_ptr<CopiedRows> rows(const CopiedTable& table) = 0;
  // Of Users, orders and appointments.
  virtual std::int64_t relations_revision() = 0;

  // Throws if the store has more outcomes by now.
  virtual void require_unchanged() = 0;
};

// An empty store that is filled. Nobody can use it until keep(), and if that is not called nothing
// was done; so it is for a process that was killed.
class CopyTarget {
 public:
  virtual ~CopyTarget() = default;

  // All rows of a table, once.
  virtual void put(const CopiedTable& table, CopiedRows& rows) = 0;
  virtual void put_relations_revision(std::int64_t revision) = 0;

  // Chain by chain, each record in its order, as it is.
  virtual void begin_chain(const std::string& name, const dcc::adaptor::AuditStart& start) = 0;
  virtual void put(std::span<const dcc::adaptor::Record> records) = 0;
  virtual void end_chain(const dcc::adaptor::AuditHead& head) = 0;

  // What was put, as the database has it. Nothing is put after that.
  virtual CopyView& written() = 0;

  // The store is there, on disk. Its identity is its own and a new one.
  virtual void keep() = 0;
};

}  // namespace sample
