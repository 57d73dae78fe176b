// SPDX-License-Identifier: Apache-2.0
#include "import/import.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "host/one_line.hpp"
#include "import/csv.hpp"
#include "import/fields.hpp"
#include "import/row_sorter.hpp"

namespace sample {
namespace {

using Fields = std::vector<std::string_view>;

// What is particular to each kind of file.
struct Users {
  using Row = UserRow;
  static constexpr std::array<std::string_view, 4> kHeader{"user_id", "role", "status", "name"};
  static constexpr auto kImport = &Store::import_users;
  static constexpr auto kTable = Table::users;

  static Row parse(const Fields& fields) {
    return {parse_eui(kHeader[0], fields[0]), parse_role(fields[1]), parse_user_status(fields[2]),
            parse_name(fields[3])};
  }
  static auto key(const Row& row) { return row.user_id; }
  static std::string key_text(const Row& row) { return row.user_id.text(); }
  static RowKey row_key(const Row& row) { return {row.user_id}; }
};

struct Devices {
  using Row = DeviceRow;
  static constexpr std::array<std::string_view, 3> kHeader{"device_id", "type", "status"};
  static constexpr auto kImport = &Store::import_devices;
  static constexpr auto kTable = Table::devices;

  static Row parse(const Fields& fields) {
    return {parse_eui(kHeader[0], fields[0]), parse_device_type(fields[1]),
            parse_smi_status(fields[2])};
  }
  static auto key(const Row& row) { return row.device_id; }
  static std::string key_text(const Row& row) { return row.device_id.text(); }
  static RowKey row_key(const Row& row) { return {row.device_id}; }
};

struct Orders {
  using Row = OrderRow;
  static constexpr std::array<std::string_view, 2> kHeader{"device_id", "supplier_id"};
  static constexpr auto kImport = &Store::import_orders;
  static constexpr auto kTable = Table::orders;

  static Row parse(const Fields& fields) {
    return {parse_eui(kHeader[0], fields[0]), parse_eui(kHeader[1], fields[1])};
  }
  static auto key(const Row& row) { return row.device_id; }
  static std::string key_text(const Row& row) { return row.device_id.text(); }
  static RowKey row_key(const Row& row) { return {row.device_id}; }
};

struct Appointments {
  using Row = AppointmentRow;
  static constexpr std::array<std::string_view, 4> kHeader{"agent_id", "supplier_id", "valid_from",
                                                           "valid_until"};
  static constexpr auto kImport = &Store::import_appointments;
  static constexpr auto kTable = Table::appointments;

  static Row parse(const Fields& fields) {
    // That ends before it begins is how one is withdrawn: it is never in force.
    return {parse_eui(kHeader[0], fields[0]), parse_eui(kHeader[1], fields[1]),
            parse_date(kHeader[2], fields[2]),
            fields[3].empty() ? std::string() : parse_date(kHeader[3], fields[3])};
  }
  static auto key(const Row& row) {
    return std::tie(row.agent_id, row.supplier_id, row.valid_from);
  }
  static RowKey row_key(const Row& row) { return {row.agent_id, row.supplier_id, row.valid_from}; }
  static std::string key_text(const Row& row) {
    return row.agent_id.text() + "," + row.supplier_id.text() + "," + row.valid_from;
  }
};

// What is wrong with a file: the first complaints in words, all in number.
class Complaints {
 public:
  explicit Complaints(const std::filesystem::path& file)
      : file_(dcc::host::printable(file.string(), std::string::npos)) {}

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

std::string joined(std::span<const std::string_view> fields) {
  std::string text;
  for (const std::string_view field : fields) {
    if (!text.empty()) text += ',';
    text += field;
  }
  return text;
}

template <typename Kind>
void check_header(CsvReader& csv, Complaints& complaints) {
  const CsvReader::Record* header = csv.next();
  const auto found = header == nullptr ? Fields() : header->fields;
  if (!std::ranges::equal(found, Kind::kHeader)) {
    complaints.add(1,
                   "the header is " + shown(joined(found)) + ", expected " + joined(Kind::kHeader));
  }
  complaints.throw_if_any();
}

template <typename Kind>
typename Kind::Row parse_row(const CsvReader::Record& record) {
  if (!record.fault.empty()) throw BadField(std::string(record.fault));
  const auto is_empty = [](std::string_view field) { return field.empty(); };
  if (std::ranges::all_of(record.fields, is_empty)) throw BadField("all its fields are empty");
  if (record.fields.size() != Kind::kHeader.size()) {
    throw BadField("has " + std::to_string(record.fields.size()) + " fields, expected " +
                   std::to_string(Kind::kHeader.size()) + ": " + joined(Kind::kHeader));
  }
  auto row = Kind::parse(record.fields);
  row.line = record.line;
  return row;
}

template <typename Kind>
struct Before {
  bool operator()(const typename Kind::Row& a, const typename Kind::Row& b) const {
    return Kind::key(a) != Kind::key(b) ? Kind::key(a) < Kind::key(b) : a.line < b.line;
  }
};

template <typename Kind>
using Sorter = RowSorter<typename Kind::Row, Before<Kind>>;

// How many rows are read between two reports of progress.
constexpr std::size_t kRowsPerReport = 10'000;

template <typename Kind>
void read_rows(const std::filesystem::path& file, Sorter<Kind>& rows, Complaints& complaints,
               const ImportProgress& progress) {
  CsvReader csv(file);
  check_header<Kind>(csv, complaints);
  while (const CsvReader::Record* record = csv.next()) {
    try {
      rows.add(parse_row<Kind>(*record));
    } catch (const BadField& error) {
      complaints.add(record->line, error.what());
      continue;
    }
    if (progress && rows.size() % kRowsPerReport == 0) progress(rows.size(), std::nullopt);
  }
  complaints.throw_if_any();
}

template <typename Kind>
void require_different_keys(Sorter<Kind>& rows, Complaints& complaints) {
  std::optional<typename Kind::Row> before;
  rows.visit([&](std::span<const typename Kind::Row> part) {
    for (const auto& row : part) {
      if (before && Kind::key(*before) == Kind::key(row)) {
        complaints.add(row.line, Kind::key_text(row) + " is in line " +
                                     std::to_string(before->line) + " already");
      }
      before = row;
    }
  });
  complaints.throw_if_any();
}

// How many keys of rows that are going to be removed are told.
constexpr std::size_t kKeysTold = 10;

template <typename Kind>
std::unique_ptr<Leftovers> find_leftovers(Store& store, Sorter<Kind>& rows) {
  auto leftovers = store.leftovers(Kind::kTable);
  rows.visit([&](std::span<const typename Kind::Row> part) {
    for (const auto& row : part) leftovers->keep(Kind::row_key(row));
  });
  return leftovers;
}

template <typename Kind>
ImportCounts import_as(Store& store, const std::filesystem::path& file,
                       const ImportProgress& progress, const ImportOptions& options) {
  Complaints complaints(file);
  Sorter<Kind> rows;
  read_rows<Kind>(file, rows, complaints, progress);
  require_different_keys<Kind>(rows, complaints);
  ImportCounts counts;
  std::unique_ptr<Leftovers> leftovers;
  if (options.replace) {
    leftovers = find_leftovers<Kind>(store, rows);
    counts.removed = leftovers->count();
    if (options.removal) options.removal(leftovers->first(kKeysTold), counts.removed);
  }
  if (options.dry_run) {
    counts.rows = rows.size();
    return counts;
  }
  rows.visit([&](std::span<const typename Kind::Row> part) {
    const auto report = [&](std::size_t done) {
      if (progress) progress(counts.rows + done, rows.size());
    };
    counts.changed += (store.*Kind::kImport)(part, report);
    counts.rows += part.size();
  });
  if (leftovers) leftovers->remove({});
  return counts;
}

// The tables that may have tens of millions of rows do not stay in memory.
static_assert(std::is_trivially_copyable_v<DeviceRow> && std::is_trivially_copyable_v<OrderRow>);

}  // namespace

ImportCounts import_file(Store& store, ImportKind kind, const std::filesystem::path& file,
                         const ImportProgress& progress, const ImportOptions& options) {
  switch (kind) {
    case ImportKind::users:
      return import_as<Users>(store, file, progress, options);
    case ImportKind::devices:
      return import_as<Devices>(store, file, progress, options);
    case ImportKind::orders:
      return import_as<Orders>(store, file, progress, options);
    case ImportKind::appointments:
      return import_as<Appointments>(store, file, progress, options);
  }
  throw std::invalid_argument("no such kind of import");
}

}  // namespace sample
