// SPDX-License-Identifier: Apache-2.0
#include "adaptor/audit.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <limits>
#include <stdexcept>

#include "adaptor/outcome_json.hpp"
#include "json/json_text.hpp"

namespace dcc::adaptor {
namespace {

constexpr std::size_t kMaxFindings = 100;
// The first record's cursor is 1, but an intruder's may be any.
constexpr std::int64_t kBeforeAll = std::numeric_limits<std::int64_t>::min();

void put(std::string& octets, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) octets += static_cast<char>(number >> shift & 0xff);
}

void put(std::string& octets, std::int64_t number) {
  put(octets, static_cast<std::uint64_t>(number));
}

void put(std::string& octets, std::string_view text) {
  put(octets, std::uint64_t{text.size()});
  octets += text;
}

std::string as_text(const duis::Digest& digest) {
  return {digest.begin(), digest.end()};
}

// Of the whole trail.
struct Findings {
  explicit Findings(AuditReport& to) : report(to) {}

  void add(std::string line) {
    report.more_findings = report.findings.size() == kMaxFindings;
    if (!report.more_findings) report.findings.push_back(std::move(line));
  }

  AuditReport& report;
  bool known_head = false;  // it was found
};

// Follows a chain record by record. A record that does not fit is named and then believed, so that
// those after it are judged for themselves.
class ChainReader {
 public:
  ChainReader(Chain& chain, const AuditCheck& check, Findings& findings)
      : chain_(chain), check_(check), findings_(findings) {
    report_.name = chain.name();
    begin();
  }

  ChainReport read() {
    std::int64_t cursor = kBeforeAll;
    try {
      do {
        cursor = for_each_record(chain_, cursor, [&](const auto& record) { take(record); });
        // After the records, because both grow together while a host runs.
        report_.head = chain_.audit_head();
      } while (report_.head.cursor > std::max<std::int64_t>(cursor, 0) &&
               !chain_.outcomes(Chain::Which::all, cursor, 1, false).empty());
    } catch (const UnreadableOutcome& error) {
      find(error.what());
      return std::move(report_);
    }
    finish();
    return std::move(report_);
  }

 private:
  void take(const StoredOutcome& stored) {
    if (stored.cursor != cursor_ + 1 && stored.cursor > 0) begin();
    // Read before they were archived, a moment ago.
    if (report_.records > 0 && stored.cursor > 0 && stored.cursor <= report_.start.cursor) return;
    ++report_.records;
    if (stored.cursor <= report_.start.cursor) {
      find("record " + std::to_string(stored.cursor) + " stands before the first: it was inserted");
      return;
    }
    const bool gap = stored.cursor != cursor_ + 1;
    if (gap) report_missing(stored.cursor - 1);
    const auto hash = audit_hash(hash_, record_of(stored));
    // Without its predecessor a record cannot be judged.
    if (!gap && hash != stored.hash) report_unfit(stored.cursor);
    cursor_ = stored.cursor;
    hash_ = stored.hash;
    if (hash_ == check_.known_head) findings_.known_head = true;
    if (check_.progress && cursor_ % 10'000 == 0) check_.progress(cursor_);
  }

  void finish() {
    const AuditHead& head = report_.head;
    if (head.cursor > cursor_) begin();
    if (head.cursor > cursor_) report_missing(head.cursor);
    if (head.cursor < cursor_) {
      find("records " + std::to_string(head.cursor + 1) + " to " + std::to_string(cursor_) +
           " stand behind the head: they were inserted, or the head is an old one");
    } else if (head.cursor == cursor_ && head.hash != hash_) {
      find("the head is not the hash of record " + std::to_string(cursor_));
    }
    const AuditStart& start = report_.start;
    if (check_.key && head.cursor > 0)
      check_signature("head", audit_head_text(head.cursor, head.hash), head.signature);
    if (check_.key && start.cursor > 0)
      check_signature("start", audit_start_text(start.cursor, start.hash), start.signature);
  }

  void report_missing(std::int64_t last) {
    const auto first = std::to_string(cursor_ + 1);
    find(last == cursor_ + 1 ? "record " + first + " is missing"
                             : "records " + first + " to " + std::to_string(last) + " are missing");
  }

  void report_unfit(std::int64_t cursor) {
    find("record " + std::to_string(cursor) +
         " does not fit its hash: it was changed, or the one before it was changed or replaced");
  }

  // Where the chain begins, which moves on while a running host's outcomes are archived.
  void begin() {
    AuditStart start = chain_.audit_start();
    if (start.cursor > cursor_) {
      cursor_ = start.cursor;
      hash_ = start.hash;
      if (hash_ == check_.known_head) findings_.known_head = true;
    }
    report_.start = std::move(start);
  }

  void check_signature(const std::string& what, std::string_view text, std::string_view octets) {
    if (octets.empty()) return find("the " + what + " is not signed");
    constexpr std::size_t kSize = std::tuple_size_v<duis::RawSignature>;
    duis::RawSignature signature{};
    if (octets.size() == kSize) {
      std::copy(octets.begin(), octets.end(), signature.begin());
      if (check_.key->verify(text, signature)) return;
    }
    find("the signature of the " + what + " is not valid, or not of this key");
  }

  void find(std::string line) {
    findings_.add(report_.name.empty() ? std::move(line) : "chain " + report_.name + ": " + line);
  }

  Chain& chain_;
  const AuditCheck& check_;
  Findings& findings_;
  ChainReport report_;
  std::int64_t cursor_ = 0;
  std::string hash_ = kAuditOrigin;
};

}  // namespace

std::string audit_hash(std::string_view previous, const Record& record) {
  const Outcome& outcome = record.outcome;
  std::string octets;
  octets.reserve(1024 + outcome.request.size() + outcome.response.size());
  const bool traced = !outcome.trace.empty();
  put(octets, is_basis(record.facts) ? "dcc audit record 1"
              : traced               ? "dcc audit record 3"
                                     : "dcc audit record 2");
  put(octets, previous);
  put(octets, record.cursor);
  for (const std::uint64_t part : {outcome.request_id.originator.value,
                                   outcome.request_id.target.value, outcome.request_id.counter}) {
    put(octets, part);
  }
  put(octets, outcome.digest);
  put(octets, outcome.srv);
  put(octets, outcome.role);
  put(octets, outcome.device_id ? outcome.device_id->text() : std::string());
  put(octets, outcome.code);
  put(octets, outcome.reason);
  put(octets, outcome.received_at);
  put(octets, outcome.decided_at);
  put(octets, outcome.handler);
  put(octets, outcome.settings_hash);
  put(octets, record.items);
  put(octets, record.facts);
  put(octets, std::uint64_t{record.accepted_return});
  put(octets, std::uint64_t{record.repeated});
  put(octets, outcome.request);
  put(octets, outcome.response);
  if (traced) put(octets, outcome.trace);
  return as_text(duis::sha256(octets));
}

std::string audit_head_text(std::int64_t cursor, std::string_view hash) {
  return "dcc audit head 1\n" + std::to_string(cursor) + '\n' + hex(hash) + '\n';
}

std::string audit_start_text(std::int64_t cursor, std::string_view hash) {
  return "dcc audit start 1\n" + std::to_string(cursor) + '\n' + hex(hash) + '\n';
}

AuditReport verify_audit(Store& store, const AuditCheck& check) {
  return verify_audit(store.chains(), check);
}

AuditReport verify_audit(std::span<Chain* const> chains, const AuditCheck& check) {
  AuditReport report;
  Findings findings(report);
  for (Chain* const chain : chains) {
    report.chains.push_back(ChainReader(*chain, check, findings).read());
    report.records += report.chains.back().records;
  }
  if (check.known_head.empty() || findings.known_head) return report;
  const bool archived = std::ranges::any_of(
      report.chains, [](const ChainReport& chain) { return chain.start.cursor > 0; });
  findings.add("no record has the given hash " + hex(check.known_head) +
               ": the trail was cut off before it, or made anew" +
               (archived ? ", or it was archived" : ""));
  return report;
}

void export_audit(Store& store, std::ostream& out,
                  const std::function<void(std::int64_t cursor)>& progress) {
  for (Chain* const chain : store.chains()) {
    for_each_record(*chain, kBeforeAll, [&](const StoredOutcome& record) {
      auto line = outcome_view(record);
      line["items"] = items_view(record.outcome);
      line["request"] = record.outcome.request;
      line["response"] = record.outcome.response;
      out << dcc::json_text(line) << '\n';
      if (!out) throw std::runtime_error("the export cannot be written");
      if (progress && record.cursor % 10'000 == 0) progress(record.cursor);
    });
  }
  if (!out.flush()) throw std::runtime_error("the export cannot be written");
}

}  // namespace dcc::adaptor
