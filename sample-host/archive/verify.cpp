// SPDX-License-Identifier: Apache-2.0
#include "archive/verify.hpp"

#include "adaptor/audit.hpp"
#include "adaptor/outcome_json.hpp"
#include "archive/record_file.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;
using dcc::adaptor::hex;
using dcc::adaptor::StoredOutcome;

std::string number(std::int64_t value) {
  return std::to_string(value);
}

// Does the trail of a store go on where the archive has that record?
void check_continued(const dcc::adaptor::AuditStart& start, const std::string& hash_there,
                     ArchiveReport& report) {
  if (start.cursor == 0) return;  // the store has all of it
  if (start.cursor > report.last) {
    report.findings.push_back("records " + number(report.last + 1) + " to " + number(start.cursor) +
                              " are neither here nor in the store");
  } else if (hash_there != start.hash) {
    report.findings.push_back("the store's trail goes on from another record " +
                              number(start.cursor));
  }
}

}  // namespace

void verify_month(const fs::path& directory, const ArchivedMonth& month,
                  const std::function<void(const StoredOutcome&)>& take) {
  const fs::path file = directory / month.file;
  const auto fail = [&](const std::string& what) {
    throw ArchiveError(file.string() + ": " + what);
  };
  if (!fs::exists(file)) fail("is missing");
  RecordReader reader(file);
  if (static_cast<std::int64_t>(reader.octets()) != month.octets ||
      reader.sha256() != month.sha256) {
    fail("is not the file that the manifest names: it was changed");
  }
  std::string hash = month.before;
  std::int64_t cursor = month.first - 1;
  while (const auto record = reader.next()) {
    if (record->cursor != cursor + 1) {
      fail("after record " + number(cursor) + " comes record " + number(record->cursor));
    }
    if (dcc::adaptor::audit_hash(hash, dcc::adaptor::record_of(*record)) != record->hash) {
      fail("record " + number(record->cursor) + " does not fit its hash");
    }
    cursor = record->cursor;
    hash = record->hash;
    if (take) take(*record);
  }
  if (cursor != month.last || hash != month.head) {
    fail("ends with record " + number(cursor) + ", not with " + number(month.last) + ", head " +
         hex(month.head));
  }
}

ArchiveReport verify_archive(const fs::path& directory, const ArchiveCheck& check) {
  const Manifest manifest = read_manifest(directory, check.key);
  ArchiveReport report;
  report.is_signed = manifest.is_signed;
  bool known_head_found = check.known_head.empty();
  std::string hash_at_start;
  if (!manifest.months.empty()) {
    report.first = manifest.months.front().first;
    report.last = manifest.months.back().last;
    report.head = manifest.months.back().head;
  }
  for (const ArchivedMonth& month : manifest.months) {
    try {
      verify_month(directory, month, [&](const StoredOutcome& record) {
        ++report.records;
        if (record.hash == check.known_head) known_head_found = true;
        if (check.continued && record.cursor == check.continued->cursor) {
          hash_at_start = record.hash;
        }
        if (check.progress && record.cursor % 10'000 == 0) check.progress(record.cursor);
      });
    } catch (const ArchiveError& error) {
      report.findings.emplace_back(error.what());
    }
  }
  if (!known_head_found) {
    report.findings.push_back("no record has the given hash " + hex(check.known_head));
  }
  if (check.continued && report.findings.empty()) {
    check_continued(*check.continued, hash_at_start, report);
  }
  return report;
}

}  // namespace sample
