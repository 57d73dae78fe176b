// SPDX-License-Identifier: Apache-2.0
//
// A CSV file imported as each kind of table, into a store that keeps nothing but the rows. The
// input is the file.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "fuzz/promise.hpp"
#include "import/fields.hpp"
#include "import/import.hpp"
#include "support/temp_directory.hpp"

namespace {

using fuzz::promise;
using fuzz::promise_same;
using sample::ImportKind;

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

// Writes the rows that it is given as CSV again, and sees that they are in order.
class RowStore final : public sample::Store {
 public:
  std::string csv;

  std::size_t import_users(std::span<const sample::UserRow> rows, const Progress&) override {
    return take("user_id,role,status,name", rows, [](const sample::UserRow& row) {
      return std::vector{row.user_id.text(), std::string(row.role), std::string(row.status),
                         row.name};
    });
  }
  std::size_t import_devices(std::span<const sample::DeviceRow> rows, const Progress&) override {
    return take("device_id,type,status", rows, [](const sample::DeviceRow& row) {
      return std::vector{row.device_id.text(), std::string(row.type), std::string(row.status)};
    });
  }
  std::size_t import_orders(std::span<const sample::OrderRow> rows, const Progress&) override {
    return take("device_id,supplier_id", rows, [](const sample::OrderRow& row) {
      return std::vector{row.device_id.text(), row.supplier_id.text()};
    });
  }
  std::size_t import_appointments(std::span<const sample::AppointmentRow> rows,
                                  const Progress&) override {
    return take("agent_id,supplier_id,valid_from,valid_until", rows,
                [](const sample::AppointmentRow& row) {
                  return std::vector{row.agent_id.text(), row.supplier_id.text(), row.valid_from,
                                     row.valid_until};
                });
  }

  // An import asks for none of these.
  std::unique_ptr<dcc::adaptor::StoreReader> reader() override { return nullptr; }
  std::unique_ptr<dcc::adaptor::StoreWriter> writer() override { return nullptr; }
  std::vector<sample::StoredOutcome> outcomes(Which, std::int64_t, std::size_t, bool) override {
    return {};
  }
  sample::AuditHead audit_head() override { return {}; }
  std::unique_ptr<sample::Leftovers> leftovers(sample::Table) override { return nullptr; }

 private:
  template <typename Rows, typename Fields>
  std::size_t take(const char* header, const Rows& rows, Fields fields_of) {
    csv = std::string(header) + '\n';
    std::string last;
    for (const auto& row : rows) {
      std::string line;
      for (const std::string& field : fields_of(row))
        line += (line.empty() ? "" : ",") + in_quotes(field);
      promise(last != line && (last.empty() || row.line > 0), "rows differ, and have their lines");
      csv += line + '\n';
      last = line;
    }
    return rows.size();
  }
};

// A file in the memory's file system, if $TMPDIR is there, as ./run has it.
const std::filesystem::path& file() {
  static const support::TempDirectory directory;
  static const auto& path = *new std::filesystem::path(directory.path() / "table.csv");
  return path;
}

// What an import makes of the text; nothing: it is refused.
std::optional<std::string> imported(ImportKind kind, std::string_view text) {
  support::write_file(file(), text);
  RowStore store;
  try {
    const auto counts = sample::import_file(store, kind, file());
    promise(counts.rows == counts.changed, "every row reaches the store");
    return store.csv;
  } catch (const sample::ImportError& error) {
    std::string_view rest = error.what();
    promise(!rest.empty(), "a refusal says why");
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      promise(line.starts_with(file().string() + ":") && fuzz::is_one_line(line),
              "each line of a refusal names the file and can be shown");
    }
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  int accepted = 0;
  for (const ImportKind kind :
       {ImportKind::users, ImportKind::devices, ImportKind::orders, ImportKind::appointments}) {
    const auto once = imported(kind, text);
    if (!once) continue;
    ++accepted;
    const auto again = imported(kind, *once);
    promise(again.has_value(), "what is imported can be imported again");
    promise_same(*again, *once, "and gives the same rows");
  }
  promise(accepted <= 1, "a file is of one kind");
  return 0;
}
