// SPDX-License-Identifier: Apache-2.0
#include "what_if/tally.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <stdexcept>

#include "import/csv.hpp"

namespace sample {
namespace {

using dcc::adaptor::StoredOutcome;
using Verdict = dcc::adaptor::WhatIf::Verdict;

constexpr std::string_view kAny = "*";
constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();

constexpr std::array<std::pair<std::string_view, std::string Transition::*>, 5> kColumns = {
    {{"srv", &Transition::srv},
     {"role", &Transition::role},
     {"status", &Transition::status},
     {"from", &Transition::from},
     {"to", &Transition::to}}};
constexpr std::string_view kCount = "count";

bool covers(const Transition& agreed, const Transition& change) {
  return std::ranges::all_of(kColumns, [&](const auto& column) {
    const std::string& text = agreed.*column.second;
    return text == kAny || text == change.*column.second;
  });
}

[[noreturn]] void refuse(const std::filesystem::path& file, std::size_t line,
                         const std::string& why) {
  throw std::runtime_error(file.string() + ", line " + std::to_string(line) + ": " + why);
}

// Which field of a line is which column; of the five all must be there.
struct Header {
  std::array<std::size_t, kColumns.size()> columns;
  std::optional<std::size_t> count;
  std::size_t size = 0;
};

Header read_header(const std::filesystem::path& file, const CsvReader::Record* record) {
  if (record == nullptr) refuse(file, 1, "expected the columns srv,role,status,from,to");
  if (!record->fault.empty()) refuse(file, record->line, std::string(record->fault));
  const auto& fields = record->fields;
  Header header;
  header.size = fields.size();
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    const auto found = std::ranges::find(fields, kColumns[i].first);
    if (found == fields.end())
      refuse(file, record->line, "the column " + std::string(kColumns[i].first) + " is missing");
    header.columns[i] = static_cast<std::size_t>(found - fields.begin());
  }
  if (const auto found = std::ranges::find(fields, kCount); found != fields.end())
    header.count = static_cast<std::size_t>(found - fields.begin());
  return header;
}

std::uint64_t read_count(const std::filesystem::path& file, std::size_t line,
                         std::string_view text) {
  if (text.empty()) return kUnbounded;
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size())
    refuse(file, line, "count '" + std::string(text) + "': expected a number, or nothing");
  return count;
}

}  // namespace

Transition transition_of(const StoredOutcome& stored, const Verdict& verdict) {
  const auto& outcome = stored.outcome;
  return {outcome.srv, role_of(outcome), device_status_of(outcome), outcome.code, verdict.answer};
}

Example example_of(const StoredOutcome& stored, const Verdict& verdict) {
  const auto& outcome = stored.outcome;
  return {outcome.request_id.text(), outcome.device_id ? outcome.device_id->text() : "",
          outcome.received_at, outcome.reason, verdict.reason};
}

Agreement::Agreement(const std::filesystem::path& file) {
  CsvReader reader(file);
  const Header header = read_header(file, reader.next());
  while (const auto* record = reader.next()) {
    if (!record->fault.empty()) refuse(file, record->line, std::string(record->fault));
    if (record->fields.size() != header.size)
      refuse(file, record->line,
             "has " + std::to_string(record->fields.size()) + " fields, expected " +
                 std::to_string(header.size));
    Line line{{}, kUnbounded};
    for (std::size_t i = 0; i < kColumns.size(); ++i) {
      const std::string_view field = record->fields[header.columns[i]];
      if (field.empty())
        refuse(file, record->line,
               std::string(kColumns[i].first) + " is empty: expected a value, or * for any");
      line.agreed.*kColumns[i].second = field;
    }
    if (header.count) line.left = read_count(file, record->line, record->fields[*header.count]);
    lines_.push_back(std::move(line));
  }
}

std::uint64_t Agreement::beyond(const Transition& change, std::uint64_t count) {
  for (Line& line : lines_) {
    if (!covers(line.agreed, change)) continue;
    const std::uint64_t taken = std::min(line.left, count);
    if (line.left != kUnbounded) line.left -= taken;
    count -= taken;
    if (count == 0) break;
  }
  return count;
}

void Tally::add(const Transition& transition, const StoredOutcome& stored, const Verdict& verdict) {
  Entry& entry = entries_[transition];
  ++entry.count;
  if (transition.is_change() && entry.examples.size() < kExamples)
    entry.examples.push_back(example_of(stored, verdict));
  for (const std::string& kind : verdict.missing) ++missing_[kind];
}

void Tally::hold_against(Agreement agreement) {
  for (auto& [transition, entry] : entries_) {
    if (transition.is_change()) entry.beyond = agreement.beyond(transition, entry.count);
  }
}

std::uint64_t Tally::outcomes() const {
  std::uint64_t sum = 0;
  for (const auto& [transition, entry] : entries_) sum += entry.count;
  return sum;
}

std::uint64_t Tally::changes() const {
  std::uint64_t sum = 0;
  for (const auto& [transition, entry] : entries_) sum += transition.is_change() ? entry.count : 0;
  return sum;
}

std::uint64_t Tally::beyond() const {
  std::uint64_t sum = 0;
  for (const auto& [transition, entry] : entries_) sum += entry.beyond;
  return sum;
}

}  // namespace sample
