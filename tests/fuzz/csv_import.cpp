// SPDX-License-Identifier: Apache-2.0
//
// A CSV file imported as each kind of table, into memory instead of a store. The
// input is the file.
#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "fuzz/promise.hpp"
#include "import/import.hpp"
#include "support/temp_directory.hpp"

namespace {

using fuzz::promise;
using fuzz::promise_same;
using sample::Table;

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

// Keeps rows as lines of CSV, by key.
class Lines final : public sample::Staging {
 public:
  explicit Lines(Table table) : table_(table) {}

  Table table() const override { return table_; }
  void fill(const sample::NextRow& next) override {
    while (const sample::StagedRow* const row = next()) add(row->line, row->values);
  }
  void each_repeated(const std::function<void(const Repeated&)>& take) override {
    for (const Repeated& repeated : repeated_) take(repeated);
  }
  std::size_t apply(const Progress&) override { return rows_.size(); }

  std::string csv() const {
    std::string text = kHeaders.at(static_cast<std::size_t>(table_));
    for (const auto& [key, row] : rows_) text += '\n' + key + row.rest;
    return text + '\n';
  }

  // An import that replaces nothing asks for none of these.
  std::size_t others() override { return 0; }
  std::vector<std::string> first_others(std::size_t) override { return {}; }
  void remove_others(const Progress&) override {}

 private:
  struct Row {
    std::string rest;
    std::size_t line = 0;
  };

  void add(std::size_t line, std::span<const sample::Value> row) {
    promise(line > last_line_, "lines rise");
    last_line_ = line;
    const std::size_t columns_of_key = table_ == Table::appointments ? 3 : 1;
    std::string key, rest;
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string& text = i < columns_of_key ? key : rest;
      if (i > 0) text += ',';
      text += in_quotes(std::visit([](auto value) { return text_of(value); }, row[i]));
    }
    const auto [at, added] = rows_.emplace(key, Row{rest, line});
    if (!added) repeated_.push_back({key, line, at->second.line});
    at->second.line = line;
  }

  static std::string text_of(std::string_view text) { return std::string(text); }
  static std::string text_of(dcc::duis::Eui64 eui) { return eui.text(); }

  static constexpr std::array<const char*, 4> kHeaders{
      "user_id,role,status,name", "device_id,type,status", "device_id,supplier_id",
      "agent_id,supplier_id,valid_from,valid_until"};

  const Table table_;
  std::size_t last_line_ = 0;
  std::map<std::string, Row> rows_;
  std::vector<Repeated> repeated_;
};

// A file in the memory's file system, if $TMPDIR is there, as ./run has it.
const std::filesystem::path& file() {
  static const support::TempDirectory directory;
  static const auto& path = *new std::filesystem::path(directory.path() / "table.csv");
  return path;
}

// What an import makes of the text; nothing: it is refused.
std::optional<std::string> imported(Table table, std::string_view text) {
  support::write_file(file(), text);
  Lines lines(table);
  try {
    const auto counts = sample::import_file(lines, file());
    promise(counts.rows == counts.changed, "every row reaches the store");
    return lines.csv();
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
  for (const Table table : {Table::users, Table::devices, Table::orders, Table::appointments}) {
    const auto once = imported(table, text);
    if (!once) continue;
    ++accepted;
    const auto again = imported(table, *once);
    promise(again.has_value(), "what is imported can be imported again");
    promise_same(*again, *once, "and gives the same rows");
  }
  promise(accepted <= 1, "a file is of one kind");
  return 0;
}
