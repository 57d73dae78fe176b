// SPDX-License-Identifier: Apache-2.0
#include "archive/verify.hpp"

#include <algorithm>
#include <utility>

#include "adaptor/audit.hpp"
#include "adaptor/outcome_json.hpp"
#include "archive/record_file.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;
using dcc::adaptor::AuditStart;
using dcc::adaptor::hex;
using dcc::adaptor::StoredOutcome;

std::string number(std::int64_t value) {
  return std::to_string(value);
}

std::string of_chain(const std::string& name) {
  return name.empty() ? "" : "chain " + name + ": ";
}

// Reads the months of all chains, each record once.
class Verifier {
 public:
  Verifier(const fs::path& directory, const ArchiveCheck& check)
      : directory_(directory), check_(check), known_head_found_(check.known_head.empty()) {}

  ArchiveReport run() {
    const Manifest manifest = read_manifest(directory_, check_.key);
    report_.is_signed = manifest.is_signed;
    for (const ArchivedMonth& month : manifest.months) read(month);
    if (!known_head_found_) {
      report_.findings.push_back("no record has the given hash " + hex(check_.known_head));
    }
    const bool is_whole = report_.findings.empty();
    for (auto& [name, chain] : chains_) report_.chains.push_back(std::move(chain));
    if (!is_whole) return std::move(report_);
    for (const auto& [name, start] : check_.continued) check_continued(name, start);
    return std::move(report_);
  }

 private:
  void read(const ArchivedMonth& month) {
    ArchivedChain& chain = chains_[month.chain];
    if (chain.last == 0) chain.first = month.first;
    chain.name = month.chain;
    chain.last = month.last;
    chain.head = month.head;
    const auto start = check_.continued.find(month.chain);
    try {
      verify_month(directory_, month, [&](const StoredOutcome& record) {
        ++chain.records;
        if (record.hash == check_.known_head) known_head_found_ = true;
        if (start != check_.continued.end() && record.cursor == start->second.cursor) {
          hashes_at_start_[month.chain] = record.hash;
        }
        if (check_.progress && record.cursor % 10'000 == 0) check_.progress(record.cursor);
      });
    } catch (const ArchiveError& error) {
      report_.findings.emplace_back(error.what());
    }
  }

  // Does that chain of the store go on where the archive has that record?
  void check_continued(const std::string& name, const AuditStart& start) {
    if (start.cursor == 0) return;  // the store has all of it
    const auto chain = std::ranges::find(report_.chains, name, &ArchivedChain::name);
    const std::int64_t last = chain == report_.chains.end() ? 0 : chain->last;
    if (start.cursor > last) {
      report_.findings.push_back(of_chain(name) + "records " + number(last + 1) + " to " +
                                 number(start.cursor) + " are neither here nor in the store");
    } else if (hashes_at_start_[name] != start.hash) {
      report_.findings.push_back(of_chain(name) + "the store's trail goes on from another record " +
                                 number(start.cursor));
    }
  }

  const fs::path& directory_;
  const ArchiveCheck& check_;
  ArchiveReport report_;
  std::map<std::string, ArchivedChain> chains_;
  std::map<std::string, std::string> hashes_at_start_;
  bool known_head_found_;
};

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
  return Verifier(directory, check).run();
}

}  // namespace sample
