// SPDX-License-Identifier: Apache-2.0
//
// A virtual table (sqlite.org/vtab.html) that is eponymous: it is there without being created.
#include "store/sqlite/row_source.hpp"

#include <new>
#include <utility>

namespace sample::sqlite {

struct RowSource::Table : sqlite3_vtab {
  RowSource* source = nullptr;
};

struct RowSource::Cursor : sqlite3_vtab_cursor {
  static RowSource& source_of(sqlite3_vtab_cursor* cursor) {
    return *static_cast<Table*>(cursor->pVtab)->source;
  }
};

const sqlite3_module RowSource::kModule = [] {
  sqlite3_module module{};
  module.xConnect = [](sqlite3* db, void* source, int, const char* const*, sqlite3_vtab** table,
                       char**) {
    auto* const self = static_cast<RowSource*>(source);
    const int result = sqlite3_declare_vtab(db, self->declaration_.c_str());
    if (result != SQLITE_OK) return result;
    auto* const made = new (std::nothrow) Table;
    if (made == nullptr) return SQLITE_NOMEM;
    made->source = self;
    *table = made;
    return SQLITE_OK;
  };
  module.xDisconnect = [](sqlite3_vtab* table) {
    delete static_cast<Table*>(table);
    return SQLITE_OK;
  };
  module.xBestIndex = [](sqlite3_vtab*, sqlite3_index_info*) { return SQLITE_OK; };
  module.xOpen = [](sqlite3_vtab*, sqlite3_vtab_cursor** cursor) {
    *cursor = new (std::nothrow) Cursor{};
    return *cursor == nullptr ? SQLITE_NOMEM : SQLITE_OK;
  };
  module.xClose = [](sqlite3_vtab_cursor* cursor) {
    delete static_cast<Cursor*>(cursor);
    return SQLITE_OK;
  };
  module.xFilter = [](sqlite3_vtab_cursor* cursor, int, const char*, int, sqlite3_value**) {
    return Cursor::source_of(cursor).step();
  };
  module.xNext = [](sqlite3_vtab_cursor* cursor) { return Cursor::source_of(cursor).step(); };
  module.xEof = [](sqlite3_vtab_cursor* cursor) {
    return Cursor::source_of(cursor).row_ == nullptr ? 1 : 0;
  };
  module.xColumn = [](sqlite3_vtab_cursor* cursor, sqlite3_context* to, int column) {
    const StagedRow& row = *Cursor::source_of(cursor).row_;
    if (column == 0) {
      sqlite3_result_int64(to, static_cast<std::int64_t>(row.line));
      return SQLITE_OK;
    }
    const Value& value = row.values[static_cast<std::size_t>(column) - 1];
    if (const auto* const eui = std::get_if<Eui64>(&value)) {
      sqlite3_result_int64(to, std::bit_cast<std::int64_t>(eui->value));
    } else {
      const auto text = std::get<std::string_view>(value);
      // The sorter copies it before the next row is asked for.
      sqlite3_result_text64(to, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    return SQLITE_OK;
  };
  module.xRowid = [](sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
    *id = static_cast<sqlite3_int64>(Cursor::source_of(cursor).row_->line);
    return SQLITE_OK;
  };
  return module;
}();

RowSource::RowSource(Connection& db, const char* name, const std::string& columns)
    : db_(db), declaration_("CREATE TABLE x(line, " + columns + ")") {
  if (sqlite3_create_module(db.handle(), name, &kModule, this) != SQLITE_OK) db.fail();
}

void RowSource::read(const NextRow& next, const std::string& statements) {
  next_ = &next;
  try {
    db_.execute(statements.c_str());
  } catch (const StoreError&) {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    throw;
  }
}

int RowSource::step() noexcept {
  try {
    row_ = (*next_)();
    return SQLITE_OK;
  } catch (...) {
    failure_ = std::current_exception();
    row_ = nullptr;
    return SQLITE_ABORT;
  }
}

}  // namespace sample::sqlite
