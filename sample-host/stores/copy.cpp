// SPDX-License-Identifier: Apache-2.0
#include "stores/copy.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

#include "adaptor/cursors.hpp"
#include "adaptor/outcome_json.hpp"
#include "store/copying.hpp"
#include "store/postgresql/copying.hpp"
#include "store/sqlite/copying.hpp"
#include "stores/stores.hpp"

namespace sample {
namespace {

using dcc::adaptor::AuditReport;
using dcc::adaptor::Chain;
using dcc::adaptor::ChainReport;

std::unique_ptr<CopyView> open_source(std::string_view url, bool beside) {
  if (is_server(url)) return postgresql::view_of(std::string(url), beside);
  return sqlite::view_of(file_of(url), beside);
}

std::unique_ptr<CopyTarget> open_target(std::string_view url) {
  if (is_server(url)) return postgresql::new_copy(std::string(url));
  return sqlite::new_copy(file_of(url));
}

// As a store has it: a lane is a number without a leading zero.
bool is_name_of_chain(std::string_view name) {
  if (!dcc::adaptor::is_chain_name(name)) return false;
  const auto dot = name.find('.');
  const std::string_view digits = name.substr(dot + 1);
  std::int32_t lane = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), lane);
  return dcc::adaptor::is_host_name(name.substr(0, dot)) && error == std::errc{} &&
         end == digits.data() + digits.size() && std::to_string(lane) == digits;
}

class StoreCopy {
 public:
  StoreCopy(std::string_view from, std::string_view to, const CopyOptions& options)
      : options_(options), to_server_(is_server(to)), chain_(options.chain) {
    if (!chain_.empty() && !is_name_of_chain(chain_)) {
      throw StoreError("--chain '" + chain_ +
                       "': expected HOST.LANE, such as a.0: letters, digits and hyphens, a dot, a "
                       "number");
    }
    from_ = open_source(from, options.beside_hosts);
    to_ = open_target(to);
  }

  Copied run() {
    const AuditReport before = verify(*from_, "FROM", "records of FROM verified");
    name_chains(before);
    const auto chains = from_->chains();
    for (std::size_t i = 0; i < chains.size(); ++i) put_chain(*chains[i], before, i);
    for (const CopiedTable& table : kCopiedTables) put_table(table);
    to_->put_relations_revision(from_->relations_revision());
    CopyView& written = to_->written();
    const AuditReport after = verify(written, "TO", "records of TO verified");
    compare(before, after);
    compare(written);
    from_->require_unchanged();
    to_->keep();
    return std::move(copied_);
  }

 private:
  AuditReport verify(CopyView& view, const char* which, const char* what) const {
    const auto chains = view.chains();
    std::int64_t done = 0;
    dcc::adaptor::AuditCheck check;
    check.key = options_.key;
    // A chain's cursors begin anew, so its steps are counted.
    constexpr std::int64_t kStep = 10'000;
    check.progress = [&](std::int64_t) { progress(what, done += kStep, 0); };
    AuditReport report = verify_audit(chains, check);
    if (report.findings.empty()) return report;
    throw StoreError(std::string(which) + ": the trail is not whole: " + report.findings.front() +
                     (report.findings.size() > 1 ? "; audit --verify lists all" : ""));
  }

  // What each chain is called in the copy: what it was, if that can be.
  void name_chains(const AuditReport& report) {
    const bool is_nameless = std::ranges::any_of(
        report.chains, [](const ChainReport& chain) { return chain.name.empty(); });
    if (!chain_.empty() && !(to_server_ && is_nameless)) {
      throw StoreError("--chain " + chain_ +
                       ": is for a FROM whose only chain has no name, and a TO where it needs one");
    }
    for (const ChainReport& chain : report.chains) {
      std::string name = chain.name;
      if (!to_server_ && report.chains.size() == 1) {
        name.clear();
      } else if (name.empty()) {
        name = chain_.empty() ? std::string(kFileChain) : chain_;
      }
      copied_.chains.push_back({chain.name, std::move(name), chain.records, chain.head});
    }
    copied_.records = report.records;
  }

  void put_table(const CopiedTable& table) {
    const std::int64_t all = from_->count(table);
    SourceRows rows(*this, table, all);
    to_->put(table, rows);
    copied_.tables.push_back({std::string(table.name), all});
    copied_.rows += all;
  }

  std::string_view name_in_copy(std::string_view name) const {
    return std::ranges::find(copied_.chains, name, &Copied::Chain::before)->name;
  }

  void put_chain(Chain& chain, const AuditReport& report, std::size_t number) {
    constexpr std::size_t kPage = 256;
    const ChainReport& verified = report.chains[number];
    to_->begin_chain(copied_.chains[number].name, verified.start);
    for (std::int64_t cursor = verified.start.cursor; cursor < verified.head.cursor;) {
      const auto page = chain.outcomes(Chain::Which::all, cursor, kPage, true);
      if (page.empty()) break;  // is found out when it is compared
      std::vector<dcc::adaptor::Record> records;
      records.reserve(page.size());
      for (const auto& stored : page) records.push_back(record_of(stored));
      to_->put(records);
      cursor = page.back().cursor;
      put_ += std::ssize(page);
      progress("records", put_, copied_.records);
    }
    to_->end_chain(verified.head);
  }

  // Each chain of TO is the same as that of FROM, whose name may have been another.
  void compare(const AuditReport& before, const AuditReport& after) const {
    for (std::size_t i = 0; i < before.chains.size(); ++i) {
      const ChainReport& one = before.chains[i];
      const auto other =
          std::ranges::find(after.chains, copied_.chains[i].name, &ChainReport::name);
      require(other != after.chains.end(), "chain " + one.name + " is not there");
      require(one.records == other->records && one.start.cursor == other->start.cursor &&
                  one.start.hash == other->start.hash &&
                  one.start.signature == other->start.signature &&
                  one.start.hashed_later == other->start.hashed_later &&
                  one.head.cursor == other->head.cursor && one.head.hash == other->head.hash &&
                  one.head.signature == other->head.signature,
              "chain " + other->name + " is another than in FROM");
    }
    require(before.chains.size() == after.chains.size(), "it has more chains than FROM");
  }

  void compare(CopyView& written) const {
    const auto same = [](std::int64_t one, std::int64_t other, const std::string& what) {
      require(one == other,
              std::to_string(other) + " " + what + ", and FROM " + std::to_string(one));
    };
    for (const CopiedTable& table : kCopiedTables) {
      same(from_->count(table), written.count(table), "rows in " + std::string(table.name));
    }
    same(from_->relations_revision(), written.relations_revision(), "as revision of relations");
    same(from_->request_ids(), written.request_ids(), "RequestIDs");
    same(from_->returned_hubs(), written.returned_hubs(), "hubs that were returned");
  }

  static void require(bool is_same, const std::string& what) {
    if (!is_same) throw StoreError("TO, read back: " + what + "; it was given up");
  }

  void progress(const char* what, std::int64_t done, std::int64_t all) const {
    if (options_.progress) options_.progress(what, done, all);
  }

  // Of a table of FROM, as TO is given them: with the names that chains have there.
  class SourceRows final : public CopiedRows {
   public:
    SourceRows(const StoreCopy& copy, const CopiedTable& table, std::int64_t all)
        : copy_(copy),
          has_chains_(table.name == kRemembered),
          rows_(copy.from_->rows(table)),
          what_("rows of " + std::string(table.name)),
          all_(all) {}

    bool next(std::vector<Cell>& row) override {
      constexpr std::int64_t kStep = 1'000;
      if (!rows_->next(row)) return false;
      if (has_chains_) row.front() = copy_.name_in_copy(std::get<std::string_view>(row.front()));
      if (++done_ % kStep == 0) copy_.progress(what_.c_str(), done_, all_);
      return true;
    }

   private:
    const StoreCopy& copy_;
    const bool has_chains_;
    const std::unique_ptr<CopiedRows> rows_;
    const std::string what_;
    const std::int64_t all_;
    std::int64_t done_ = 0;
  };

  const CopyOptions& options_;
  const bool to_server_;
  const std::string chain_;
  std::unique_ptr<CopyView> from_;
  std::unique_ptr<CopyTarget> to_;
  Copied copied_;
  std::int64_t put_ = 0;  // records
};

}  // namespace

Copied copy_to_store(std::string_view from, std::string_view to, const CopyOptions& options) {
  return StoreCopy(from, to, options).run();
}

}  // namespace sample
