// SPDX-License-Identifier: Apache-2.0
#include "import/import.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "host/one_line.hpp"
#include "import/csv.hpp"
#include "import/fields.hpp"

namespace sample {
namespace {

struct Column {
  std::string_view name;
  const FieldType& type;
};

constexpr std::array<Column, 4> kUsers{
    {{"user_id", kEui}, {"role", kRole}, {"status", kUserStatus}, {"name", kName}}};

constexpr std::array<Column, 3> kDevices{
    {{"device_id", kEui}, {"type", kDeviceType}, {"status", kSmiStatus}}};

constexpr std::array<Column, 2> kOrders{{{"device_id", kEui}, {"supplier_id", kEui}}};

// One that ends before it begins is how an appointment is withdrawn: it is never in force.
constexpr std::array<Column, 4> kAppointments{{{"agent_id", kEui},
                                               {"supplier_id", kEui},
                                               {"valid_from", kDay},
                                               {"valid_until", kDayOrNothing}}};

using Columns = std::span<const Column>;

Columns columns_of(Table table) {
  switch (table) {
    case Table::users:
      return kUsers;
    case Table::devices:
      return kDevices;
    case Table::orders:
      return kOrders;
    case Table::appointments:
      return kAppointments;
  }
  throw std::invalid_argument("no such table to import into");
}

// What is wrong with a file: the first complaints in words, all in number.
class Complaints {
 public:
  explicit Complaints(std::string_view file)
      : file_(dcc::host::printable(file, std::string::npos)) {}

  void add(std::size_t line, std::string_view why) {
    if (++count_ > kInWords) return;
    if (count_ > 1) text_ += '\n';
    text_.append(file_).append(":").append(std::to_string(line)).append(": ").append(why);
  }

  void throw_if_any() const {
    if (count_ == 0) return;
    if (count_ <= kInWords) throw ImportError(text_);
    throw ImportError(text_ + "\n" + file_ + ": " + std::to_string(count_ - kInWords) +
                      " more bad lines");
  }

 private:
  static constexpr std::size_t kInWords = 10;

  const std::string file_;
  std::string text_;
  std::size_t count_ = 0;
};

std::string header_of(Columns columns) {
  std::string text;
  for (const Column& column : columns) text.append(text.empty() ? "" : ",").append(column.name);
  return text;
}

std::string joined(const std::vector<std::string_view>& fields) {
  std::string text;
  for (const std::string_view field : fields) text.append(text.empty() ? "" : ",").append(field);
  return text;
}

void check_header(Columns columns, CsvReader& csv, Complaints& complaints) {
  const CsvReader::Record* header = csv.next();
  const auto found = header == nullptr ? std::vector<std::string_view>() : header->fields;
  if (!std::ranges::equal(found, columns, {}, {}, &Column::name)) {
    complaints.add(1, "the header is " + shown(joined(found)) + ", expected " + header_of(columns));
  }
  complaints.throw_if_any();
}

void parse_fields(Columns columns, const CsvReader::Record& record, std::vector<Value>& row) {
  if (!record.fault.empty()) throw BadField(std::string(record.fault));
  const auto is_empty = [](std::string_view field) { return field.empty(); };
  if (std::ranges::all_of(record.fields, is_empty)) throw BadField("all its fields are empty");
  if (record.fields.size() != columns.size()) {
    throw BadField("has " + std::to_string(record.fields.size()) + " fields, expected " +
                   std::to_string(columns.size()) + ": " + header_of(columns));
  }
  row.clear();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    row.push_back(columns[i].type.parse(columns[i].name, record.fields[i]));
  }
}

// False: it is bad, and was complained of.
bool parse_row(Columns columns, const CsvReader::Record& record, std::vector<Value>& row,
               Complaints& complaints) {
  try {
    parse_fields(columns, record, row);
    return true;
  } catch (const BadField& error) {
    complaints.add(record.line, error.what());
    return false;
  }
}

// How many rows are read between two reports of progress.
constexpr std::size_t kRowsPerReport = 10'000;

// Returns how many rows there are.
std::size_t read_rows(CsvReader& csv, Staging& staging, Complaints& complaints,
                      const ImportProgress& progress) {
  const Columns columns = columns_of(staging.table());
  check_header(columns, csv, complaints);
  std::size_t rows = 0;
  std::vector<Value> row;
  StagedRow staged;
  staging.fill([&]() -> const StagedRow* {
    while (const CsvReader::Record* record = csv.next()) {
      if (!parse_row(columns, *record, row, complaints)) continue;
      staged = {record->line, row};
      if (++rows % kRowsPerReport == 0 && progress)
        progress(ImportStep::checked, rows, std::nullopt);
      return &staged;
    }
    return nullptr;
  });
  complaints.throw_if_any();
  return rows;
}

void require_different_keys(Staging& staging, Complaints& complaints) {
  staging.each_repeated([&](const Staging::Repeated& repeated) {
    complaints.add(repeated.line,
                   repeated.key + " is in line " + std::to_string(repeated.earlier) + " already");
  });
  complaints.throw_if_any();
}

// How many keys of rows that are going to be removed are told.
constexpr std::size_t kKeysTold = 10;

ImportCounts import_rows(Staging& staging, CsvReader& csv, const ImportProgress& progress,
                         const ImportOptions& options) {
  Complaints complaints(csv.name());
  ImportCounts counts;
  counts.rows = read_rows(csv, staging, complaints, progress);
  require_different_keys(staging, complaints);
  if (options.replace) {
    counts.removed = staging.others();
    if (options.removal) options.removal(staging.first_others(kKeysTold), counts.removed);
  }
  if (options.dry_run) return counts;
  const auto report = [&](ImportStep step, std::size_t total) {
    return [&progress, step, total](std::size_t done) {
      if (progress) progress(step, done, total);
    };
  };
  counts.changed = staging.apply(report(ImportStep::imported, counts.rows));
  if (options.replace) staging.remove_others(report(ImportStep::removed, counts.removed));
  return counts;
}

}  // namespace

ImportCounts import_file(Staging& staging, const std::filesystem::path& file,
                         const ImportProgress& progress, const ImportOptions& options) {
  CsvReader csv(file);
  return import_rows(staging, csv, progress, options);
}

ImportCounts import_stream(Staging& staging, std::istream& in, const std::string& name,
                           const ImportProgress& progress, const ImportOptions& options) {
  CsvReader csv(in, name);
  return import_rows(staging, csv, progress, options);
}

std::string columns_in_words(Table table) {
  std::size_t widest = 0;
  const Columns columns = columns_of(table);
  for (const Column& column : columns) widest = std::max(widest, column.name.size());
  std::string text = header_of(columns) + '\n';
  for (const Column& column : columns) {
    text.append("  ").append(column.name).append(widest - column.name.size() + 2, ' ');
    text.append(column.type.expected).append("\n");
  }
  return text;
}

}  // namespace sample
