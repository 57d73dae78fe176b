// SPDX-License-Identifier: Apache-2.0
#include "audit_decisions.hpp"

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "adaptor/what_if.hpp"
#include "duis/schema.hpp"
#include "plugin_services.hpp"
#include "progress.hpp"
#include "serve.hpp"
#include "stores/stores.hpp"
#include "supplier_returns.hpp"
#include "what_if/apart.hpp"
#include "what_if/named_builds.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;
using dcc::adaptor::Outcome;
using dcc::adaptor::StoredOutcome;
using dcc::adaptor::WhatIf;

std::string decided_by(const Outcome& outcome) {
  if (outcome.handler.empty()) return "the host itself, with any plugin for " + outcome.srv;
  constexpr std::size_t kShort = 12;
  return outcome.handler + ", settings " +
         (outcome.settings_hash.empty() ? "-" : outcome.settings_hash.substr(0, kShort));
}

// What became of the records, counted.
class DecisionsReport {
 public:
  explicit DecisionsReport(std::ostream& out) : out_(out) {}

  void same() { ++same_; }
  void different(const StoredOutcome& stored, const WhatIf::Verdict& now) {
    const Outcome& outcome = stored.outcome;
    differs("record " + std::to_string(stored.cursor) + ", request " + outcome.request_id.text() +
            ": stored " + outcome.code + ": " + outcome.reason + "; decided again " + now.answer +
            ": " + now.reason + "; by " + decided_by(outcome));
  }
  void differs(const std::string& line) {
    ++different_;
    out_ << "FAIL  " << line << '\n';
  }
  void not_in_cache(const Outcome& outcome) { ++not_in_cache_[decided_by(outcome)]; }
  void not_decidable(const std::string& why) { ++not_decidable_[why]; }

  // True: all that could be decided came out the same.
  bool finish(const std::vector<std::string>& unusable) {
    for (const auto& [build, count] : not_in_cache_)
      out_ << "note  not in the cache of plugins: " << count << " by " << build << '\n';
    for (const std::string& line : unusable) out_ << "note  in the cache, but: " << line << '\n';
    for (const auto& [why, count] : not_decidable_)
      out_ << "note  not decidable: " << count << " " << why << '\n';
    out_ << (different_ == 0 ? "ok    " : "FAIL  ") << "decided again: " << same_ << " the same, "
         << different_ << " different, " << sum(not_in_cache_) << " not in the cache, "
         << sum(not_decidable_) << " not decidable\n";
    if (!out_.flush()) throw std::runtime_error("the report cannot be written");
    return different_ == 0;
  }

 private:
  using Counts = std::map<std::string, std::uint64_t>;

  static std::uint64_t sum(const Counts& counts) {
    std::uint64_t all = 0;
    for (const auto& [what, count] : counts) all += count;
    return all;
  }

  std::ostream& out_;
  std::uint64_t same_ = 0, different_ = 0;
  Counts not_in_cache_, not_decidable_;
};

class Decisions {
 public:
  Decisions(const Config& config, const fs::path& directory, std::ostream& out)
      : schema_(configured_schema(config)),
        what_if_(*schema_),
        builds_(directory, config.plugins, quiet(plugin_services()),
                example::make_supplier_returns(DCC_VERSION, DCC_BUILD)),
        report_(out) {}

  void decide(const StoredOutcome& stored) try {
    const Outcome& outcome = stored.outcome;
    if (!stored.basis.empty())
      return report_.not_decidable("without facts: an earlier version's store did not keep them");
    if (outcome.handler.empty()) {
      own_[0] = builds_.for_srv(outcome.srv);
      if (!own_[0]) return report_.not_in_cache(outcome);
      return decide(stored, own_);
    }
    const auto& named = builds_.find(outcome.handler, outcome.settings_hash);
    if (named.empty()) return report_.not_in_cache(outcome);
    decide(stored, named);
  } catch (const dcc::adaptor::UnreadableOutcome& error) {
    report_.differs(error.what());
  }

  bool finish() { return report_.finish(builds_.unusable()); }

 private:
  // A record does not say which of several files with one build it was: one that agrees is enough.
  void decide(const StoredOutcome& stored, const std::vector<NamedBuilds::Table>& tables) {
    WhatIf::Verdict now;
    for (const auto& table : tables) {
      const WhatIf::Verdict& verdict = what_if_.decide(stored, *table);
      if (verdict.answer == stored.outcome.code) return report_.same();
      now = verdict;
    }
    if (now.answer != WhatIf::kAsks) return report_.different(stored, now);
    std::string why = "ask for facts that the records do not have:";
    for (const std::string& kind : now.missing) why += ' ' + kind;
    report_.not_decidable(why);
  }

  const std::shared_ptr<const dcc::duis::Schema> schema_;
  WhatIf what_if_;
  NamedBuilds builds_;
  std::vector<NamedBuilds::Table> own_{1};
  DecisionsReport report_;
};

Again decide_all(const Config& config, std::ostream& out, const fs::path& directory,
                 std::atomic<std::int64_t>& at_record) {
  const auto store = open_store(config.store_url());
  Decisions decisions(config, directory, out);
  std::optional<Progress> progress(std::in_place);
  // What is stored from now on was not meant.
  for_each_record_until_now(*store, [&](const StoredOutcome& stored, auto done, auto all) {
    at_record = stored.cursor;
    progress->at("records decided again", done, all);
    decisions.decide(stored);
  });
  at_record = 0;
  progress.reset();
  return decisions.finish() ? Again::same : Again::changed;
}

}  // namespace

int audit_decisions(const fs::path& config_file, const AuditCommand& command,
                    std::ostream& out) try {
  if (!command.verify || !command.archive.empty() || !command.export_file.empty())
    throw std::invalid_argument("--decisions goes with --verify, without --archive and --export");
  const Config config = load_config(config_file);
  const bool whole = audit(config, command, out);
  out.flush();
  const Again again =
      decide_apart([&](const fs::path& directory, std::atomic<std::int64_t>& at_record) {
        return decide_all(config, out, directory, at_record);
      });
  return static_cast<int>(again == Again::same && !whole ? Again::changed : again);
} catch (const std::exception& error) {
  complain(error.what());
  return static_cast<int>(Again::not_run);
}

}  // namespace sample
