// SPDX-License-Identifier: Apache-2.0
//
// The chain of the audit trail: whoever changes, removes, inserts or cuts off records leaves a
// trace.
#include "adaptor/audit.hpp"

#include <sqlite3.h>

#include <boost/json.hpp>
#include <sstream>

#include "adaptor/outcome_json.hpp"
#include "support/unpacked_outcomes.hpp"
#include "unit/store/fixture.hpp"
#include "unit/store/test_key.hpp"

using namespace dcc::adaptor;
using namespace sample;
using Catch::Matchers::Contains;

namespace {

// A store with five records, its head signed, that a test gets at as an intruder does.
class AuditFixture : public StoreFixture {
 public:
  AuditFixture() {
    reopen(signing());
    fill();
    const Outcome a = outcome(1), b = outcome(2);
    commit_all({&a, &b});
    for (std::uint64_t counter = 3; counter <= 5; ++counter) commit(outcome(counter));
  }

  SignHead signing() {
    return [this](std::string_view text) { return key.sign(text); };
  }
  AuditReport verify(const std::string& known_head = {}) {
    return verify_audit(*store, {key.public_key(), known_head, {}});
  }
  void tamper(const std::string& sql) {
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(file().c_str(), &db) == SQLITE_OK);
    CHECK(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK(sqlite3_total_changes(db) > 0);
    sqlite3_close(db);
  }
  // The one thing that is found.
  std::string only_finding(const std::string& known_head = {}) {
    const auto findings = verify(known_head).findings;
    REQUIRE(findings.size() == 1);
    return findings[0];
  }

  TestKey key;
};

}  // namespace

TEST_CASE_METHOD(AuditFixture, "a trail that nobody has touched is whole") {
  const AuditReport report = verify();
  CHECK(report.findings.empty());
  CHECK(report.records == 5);
  CHECK(report.chains.front().head.cursor == 5);
  CHECK(report.chains.front().head.hash == outcomes().back().hash);
  CHECK(report.chains.front().head.hash.size() == 32);
  CHECK(report.chains.front().head.signature.size() == 64);
}

TEST_CASE_METHOD(StoreFixture, "a trail without records is whole, and its head the origin") {
  const AuditReport report = verify_audit(*store, {});
  CHECK(report.findings.empty());
  CHECK(report.records == 0);
  CHECK(report.chains.front().head.cursor == 0);
  CHECK(report.chains.front().head.hash == kAuditOrigin);
}

TEST_CASE_METHOD(AuditFixture, "it goes on where it ended when the store is opened again") {
  const std::string head = verify().chains.front().head.hash;
  reopen(signing());
  commit(outcome(6));
  CHECK(verify(head).findings.empty());
  CHECK(verify().records == 6);
}

TEST_CASE_METHOD(AuditFixture, "a change of any column is found") {
  const std::string column = GENERATE(
      "originator = originator + 1", "target = target + 1", "counter = counter + 100",
      "digest = zeroblob(32)", "srv = '8.14.4'", "role = 'EIS'", "device_id = device_id + 1",
      "device_id = NULL", "code = 'E5'", "reason = 'because'", "received_at = received_at - 1",
      "decided_at = decided_at + 1", "handler = 'ch-returns 1.0.1 abcdef'",
      "settings_hash = '4567'", "items = '[[\"DeviceID\",\"00-DB-12-34-56-78-00-02\"]]'",
      "facts = '[]'", "repeated = 1 - repeated", "accepted_return = 0", "request = x'3c612f3e'",
      "response = x'3c612f3e'", "hash = zeroblob(32)");
  INFO(column);
  support::unpack_outcomes(file());
  CHECK(verify().findings.empty());
  tamper("UPDATE outcomes SET " + column + " WHERE cursor = 3");
  const auto findings = verify().findings;
  REQUIRE_FALSE(findings.empty());
  CHECK_THAT(findings[0], Contains("record 3 does not fit its hash"));
}

TEST_CASE_METHOD(AuditFixture, "octets cannot move from one field to the next") {
  Outcome a = outcome(6), b = outcome(6);
  a.code = "I99";
  a.reason = "xyz";
  b.code = "I99x";
  b.reason = "yz";
  const Record first{a, 6, true, false, "[]", "{}", {}}, second{b, 6, true, false, "[]", "{}", {}};
  CHECK(audit_hash(kAuditOrigin, first) != audit_hash(kAuditOrigin, second));
}

TEST_CASE_METHOD(AuditFixture, "records that are removed are named") {
  SECTION("one") {
    tamper("DELETE FROM outcomes WHERE cursor = 2");
    CHECK(only_finding() == "record 2 is missing");
  }
  SECTION("several, the first among them") {
    tamper("DELETE FROM outcomes WHERE cursor < 4");
    CHECK(only_finding() == "records 1 to 3 are missing");
  }
  SECTION("at the end") {
    tamper("DELETE FROM outcomes WHERE cursor > 3");
    CHECK(only_finding() == "records 4 to 5 are missing");
  }
  SECTION("all") {
    tamper("DELETE FROM outcomes");
    CHECK(only_finding() == "records 1 to 5 are missing");
  }
}

TEST_CASE_METHOD(AuditFixture, "removed records whose gap is closed by renumbering are found") {
  tamper(
      "DELETE FROM outcomes WHERE cursor = 2;"
      "UPDATE outcomes SET cursor = cursor - 1 WHERE cursor > 2;");
  CHECK_FALSE(verify().findings.empty());
}

TEST_CASE_METHOD(AuditFixture, "records that are inserted are found") {
  const std::string columns =
      "originator, target, digest, srv, role, device_id, code, reason, accepted_return, repeated,"
      " received_at, decided_at, handler, settings_hash, items, facts, request, response, hash, "
      "packed";
  SECTION("behind the head") {
    tamper("INSERT INTO outcomes(cursor, counter, " + columns + ") SELECT 6, 99, " + columns +
           " FROM outcomes WHERE cursor = 5");
    const auto findings = verify().findings;
    REQUIRE(findings.size() == 2);
    CHECK_THAT(findings[0], Contains("record 6 does not fit"));
    CHECK_THAT(findings[1], Contains("records 6 to 6 stand behind the head"));
  }
  SECTION("before the first") {
    tamper("INSERT INTO outcomes(cursor, counter, " + columns + ") SELECT 0, 99, " + columns +
           " FROM outcomes WHERE cursor = 5");
    CHECK(only_finding() == "record 0 stands before the first: it was inserted");
  }
}

TEST_CASE_METHOD(AuditFixture,
                 "a trail that is cut off together with its head is found by its signature") {
  tamper(
      "DELETE FROM outcomes WHERE cursor > 3;"
      "UPDATE audit_head SET cursor = 3, hash = (SELECT hash FROM outcomes WHERE cursor = 3);");
  CHECK_THAT(only_finding(), Contains("the signature of the head is not valid"));
  tamper("UPDATE audit_head SET signature = x''");
  CHECK(only_finding() == "the head is not signed");
}

TEST_CASE_METHOD(AuditFixture,
                 "an old head that was signed, put back, is found by a head noted later") {
  const AuditHead old = chain().audit_head();
  commit(outcome(6));
  const std::string noted = chain().audit_head().hash;
  tamper("DELETE FROM outcomes WHERE cursor > 5; UPDATE audit_head SET cursor = 5, hash = x'" +
         hex(old.hash) + "', signature = x'" + hex(old.signature) + "';");
  CHECK(verify().findings.empty());  // the signature alone cannot tell
  CHECK_THAT(only_finding(noted), Contains("no record has the given hash " + hex(noted)));
}

TEST_CASE_METHOD(AuditFixture, "a head noted earlier is part of a trail that has grown") {
  const std::string noted = chain().audit_head().hash;
  for (std::uint64_t counter = 6; counter < 700; ++counter) commit(outcome(counter));
  const AuditReport report = verify(noted);
  CHECK(report.findings.empty());
  CHECK(report.records == 699);
  CHECK(only_finding(std::string(32, 'x')).find("no record has the given hash") == 0);
}

TEST_CASE_METHOD(AuditFixture, "another key's signature is not taken") {
  const TestKey other;
  const AuditReport report = verify_audit(*store, {other.public_key(), {}, {}});
  REQUIRE(report.findings.size() == 1);
  CHECK_THAT(report.findings[0], Contains("not of this key"));
}

TEST_CASE_METHOD(AuditFixture,
                 "a head that was signed once does not count as signed later without a key") {
  reopen();
  commit(outcome(6));
  CHECK(chain().audit_head().signature.empty());
  CHECK(only_finding() == "the head is not signed");
  CHECK(verify_audit(*store, {}).findings.empty());
}

TEST_CASE_METHOD(AuditFixture, "a change of what is packed is found") {
  Packing packing;
  const Outcome other = outcome(99);
  const std::string_view packed = packing.pack({"[]", "[]", other.request, other.response});
  tamper("UPDATE outcomes SET packed = x'" + hex(packed) + "' WHERE cursor = 3");
  CHECK_THAT(verify().findings.at(0), Contains("record 3 does not fit its hash"));
}

TEST_CASE_METHOD(AuditFixture, "a record that cannot be read at all is named") {
  support::unpack_outcomes(file());
  tamper("UPDATE outcomes SET facts = 'nonsense' WHERE cursor = 4");
  CHECK_THAT(only_finding(), Contains("outcome 4 cannot be read"));
}

TEST_CASE_METHOD(AuditFixture, "a refused outcome leaves no trace in the chain") {
  CHECK(commit(outcome(5)) == CommitResult::duplicate);
  Outcome stale = outcome(6);
  stale.facts.at(1).is_there({{"type", "CHF"}, {"status", "Withdrawn"}}, 99);
  CHECK(commit(stale) == CommitResult::stale);
  CHECK(verify().findings.empty());
  CHECK(verify().records == 5);
}

TEST_CASE_METHOD(AuditFixture,
                 "a trail that somebody has put a record behind takes no more of them") {
  tamper("UPDATE audit_head SET cursor = 4");
  const Outcome next = outcome(6);
  CHECK_THROWS_AS(commit(next), StoreError);
}

TEST_CASE_METHOD(AuditFixture,
                 "an export has a line for each record, with the messages and the hash") {
  std::ostringstream out;
  export_audit(*store, out, {});
  std::istringstream lines(out.str());
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto record = boost::json::parse(line);
    const StoredOutcome stored = outcomes().at(count);
    CHECK(record.at("cursor").as_int64() == stored.cursor);
    CHECK(record.at("hash").as_string() == hex(stored.hash));
    CHECK(record.at("handler").as_string() == stored.outcome.handler);
    CHECK(record.at("settings_hash").as_string() == stored.outcome.settings_hash);
    CHECK(record.at("request").as_string() == stored.outcome.request);
    CHECK(record.at("response").as_string() == stored.outcome.response);
    CHECK(record.at("items").as_array().size() == stored.outcome.items.size());
  }
  CHECK(count == 5);
}

TEST_CASE("hexadecimal there and back") {
  CHECK(hex(std::string("\x00\x9f\xff", 3)) == "009fff");
  CHECK(from_hex("009FfF") == std::string("\x00\x9f\xff", 3));
  CHECK(from_hex("") == "");
  CHECK_FALSE(from_hex("0"));
  CHECK_FALSE(from_hex("0g"));
}
