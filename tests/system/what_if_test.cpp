// SPDX-License-Identifier: Apache-2.0
//
// `dcc-sample-host what-if` as a release manager runs it: beside the host, on what its store has.
#include <sqlite3.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <tuple>

#include "every_return.hpp"
#include "support/host_fixture.hpp"
#include "support/unpacked_outcomes.hpp"

using namespace support;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::size_t kSent = std::size(kMembers) * kDevicesReturned * 2;

Finished what_if(const HostFixture& host, std::vector<std::string> options = {}) {
  options.insert(options.begin(),
                 {"TMPDIR=" + (host.directory() / "tmp").string(), sample_host_program().string(),
                  "what-if", "--config", host.configuration().string()});
  const Finished finished = run("env", options);
  INFO(finished.out << finished.err);
  // What it works with is gone when it is.
  for (const auto& entry : fs::directory_iterator(host.directory() / "tmp"))
    FAIL("left behind: " << entry.path());
  return finished;
}

json::object report(const HostFixture& host, std::vector<std::string> options, int exit_code) {
  options.insert(options.end(), {"--format", "json"});
  const Finished finished = what_if(host, options);
  INFO(finished.out << finished.err);
  REQUIRE(finished.exit_code == exit_code);
  return json::parse(finished.out).as_object();
}

// A host that has answered every kind of return, and temporary files of its own.
class AnsweredHost : public HostFixture {
 public:
  AnsweredHost() {
    fs::create_directory(directory() / "tmp");
    send_every_return(*this);
  }

  std::string settings_file(const std::string& text, const std::string& name = "candidate.ini") {
    const fs::path file = directory() / name;
    write_file(file, text);
    return file.string();
  }
};

std::string without_agents() {
  return edited(edited(ch_returns_settings(), "SNA = Pending", "SNA = none"), "SNA = Pending",
                "SNA = none");
}

// The store's own word, by SQL.
std::int64_t counted(const HostFixture& host, const std::string& where) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open_v2(host.store().c_str(), &db, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  REQUIRE(sqlite3_prepare_v2(db, ("SELECT count(*) FROM outcomes WHERE " + where).c_str(), -1,
                             &statement, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
  const std::int64_t count = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return count;
}

std::map<std::pair<std::string, std::string>, std::int64_t> changes(const json::object& report) {
  std::map<std::pair<std::string, std::string>, std::int64_t> sums;
  for (const auto& row : report.at("table").as_array()) {
    const std::string from(row.at("from").as_string()), to(row.at("to").as_string());
    if (from != to) sums[{from, to}] += row.at("count").as_int64();
  }
  return sums;
}

}  // namespace

TEST_CASE("What if nothing changed: every outcome comes out the same, beside the running host",
          "[R3]") {
  AnsweredHost host;
  const auto same = report(host, {}, 0);
  CHECK(same.at("outcomes").as_int64() == kSent);
  CHECK(same.at("changed").as_int64() == 0);
  CHECK(same.at("candidate").as_array().at(0).at("id").as_string() == "ch-returns");
  const Finished text = what_if(host, {"--settings", host.settings_file(ch_returns_settings()),
                                       "--plugin", ch_returns_object().string()});
  CHECK(text.exit_code == 0);
  CHECK_THAT(text.out, Contains(": " + std::to_string(kSent) + " the same, 0 not\n"));
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
}

TEST_CASE("What if agents were not eligible: exactly theirs change, as the store counts them",
          "[R4][R12]") {
  AnsweredHost host;
  const std::string none = host.settings_file(without_agents());
  const auto without = report(host, {"--settings", none}, 1);
  const std::string theirs = "role = 'SNA' AND code ";
  CHECK(without.at("changed").as_int64() == counted(host, theirs + "<> 'E2'"));
  std::map<std::pair<std::string, std::string>, std::int64_t> expected;
  for (const std::string code : {"I99", "E4", "E5", "E11", "E19"}) {
    expected[{code, "E2"}] = counted(host, theirs + "= '" + code + "'");
    CHECK(expected[{code, "E2"}] > 0);
  }
  CHECK(changes(without) == expected);

  const auto& first = without.at("table").as_array();
  const auto row = std::find_if(first.begin(), first.end(), [](const json::value& line) {
    return line.at("from").as_string() == "I99" && line.at("to").as_string() == "E2";
  });
  REQUIRE(row != first.end());
  CHECK(row->at("role").as_string() == "SNA");
  CHECK(row->at("status").as_string() == "Pending");
  const auto& example = row->at("examples").as_array().at(0);
  CHECK(example.at("was").as_string() == "SNA: hub " + hub("Pending") + " is Pending");
  CHECK(example.at("now").as_string() == "SNA: not eligible for 8.14.3 by settings");

  SECTION("only some are asked for") {
    CHECK(report(host, {"--settings", none, "--role", "EIS"}, 0).at("outcomes").as_int64() ==
          counted(host, "role = 'EIS'"));
    CHECK(report(host, {"--settings", none, "--srv", "8.14.4"}, 1).at("outcomes").as_int64() ==
          kSent / 2);
    CHECK(
        report(host, {"--settings", none, "--since", "2100-01-01"}, 0).at("outcomes").as_int64() ==
        0);
    CHECK(report(host, {"--settings", none, "--until", "2020-01-01T00:00+01:00"}, 0)
              .at("outcomes")
              .as_int64() == 0);
  }
  SECTION("every one is named") {
    const auto list = report(host, {"--settings", none, "--list"}, 1);
    CHECK(list.at("list").as_array().size() ==
          static_cast<std::size_t>(list.at("changed").as_int64()));
    const Finished csv = what_if(host, {"--settings", none, "--list", "--format", "csv"});
    CHECK(csv.exit_code == 1);
    CHECK(std::count(csv.out.begin(), csv.out.end(), '\n') == 1 + list.at("changed").as_int64());
    const Finished text = what_if(host, {"--settings", none, "--list"});
    CHECK_THAT(text.out, Contains("changed  I99 -> E2  "));
  }
  SECTION("what was agreed to is no surprise, what goes beyond is") {
    const Finished csv = what_if(host, {"--settings", none, "--format", "csv"});
    const std::string agreed = host.settings_file(csv.out, "agreed.csv");
    CHECK(report(host, {"--settings", none, "--expect", agreed}, 0).at("changed") ==
          without.at("changed"));
    const std::string loose =
        host.settings_file("srv,role,status,from,to\n*,SNA,*,*,E2\n", "loose.csv");
    CHECK(report(host, {"--settings", none, "--expect", loose}, 0).at("not_agreed").as_int64() ==
          0);
    const std::string fewer = host.settings_file(
        "srv,role,status,from,to,count\n*,SNA,*,I99,E2,1\n*,SNA,*,E4,*,\n*,*,*,E5,E2,\n"
        "*,SNA,-,*,E2,\n*,SNA,absent,*,E2,\n*,SNA,*,E11,E2,\n",
        "fewer.csv");
    const auto beyond = report(host, {"--settings", none, "--expect", fewer}, 1);
    CHECK(beyond.at("not_agreed").as_int64() == counted(host, theirs + "= 'I99'") - 1);
    for (const auto& [text, why] : std::map<std::string, std::string>{
             {"srv,role\n", "line 1: the column status is missing"},
             {"srv,role,status,from,to\n*,*,*\n", "line 2: has 3 fields, expected 5"},
             {"srv,role,status,from,to\n*,*,,*,*\n", "line 2: status is empty"},
             {"srv,role,status,from,to,count\n*,*,*,*,*,some\n", "line 2: count 'some'"}}) {
      const Finished refused = what_if(host, {"--expect", host.settings_file(text, "wrong.csv")});
      CHECK(refused.exit_code == 2);
      CHECK_THAT(refused.err, Contains("wrong.csv, " + why));
    }
  }
}

TEST_CASE("What if a build decided otherwise: it is caught, and so is one that crashes or asks",
          "[R29]") {
  AnsweredHost host;
  const auto altered = report(host, {"--plugin", MUTANT_ANY_STATUS}, 1);
  for (const auto& [transition, count] : changes(altered)) CHECK(transition.first == "E5");
  CHECK(altered.at("changed").as_int64() == counted(host, "code = 'E5'"));

  // In another directory and by another name, it still takes its place.
  const fs::path renamed = host.directory() / "candidate-2.so";
  fs::copy_file(MUTANT_ANY_STATUS, renamed);
  CHECK(report(host, {"--plugin", renamed.string()}, 1).at("changed") == altered.at("changed"));

  const std::string any = host.settings_file(
      edited(ch_returns_settings(), "appointment = required", "appointment = any"));
  const auto asks = report(host, {"--settings", any}, 1);
  const std::int64_t asked = counted(host, "role = 'SNA' AND code IN ('I99', 'E4')");
  CHECK(asks.at("missing_facts").as_object().at("dcc.acts-any").as_int64() == asked);
  CHECK_THAT(what_if(host, {"--settings", any}).out,
             Contains("cannot be decided: the candidate asks for facts dcc.acts-any"));

  const std::string failing = host.settings_file("[failing]\nbehaviour = crash\n");
  fs::remove(host.plugins() / "ch-returns.so");
  const Finished crashed = what_if(host, {"--plugin", FAILING_PLUGIN, "--settings", failing});
  CHECK(crashed.exit_code == 2);
  CHECK_THAT(crashed.err, Contains("was killed by signal 6 (SIGABRT) at record 1 of the store"));
}

TEST_CASE("What-if refuses what it cannot use, and touches nothing", "[R29]") {
  AnsweredHost host;
  const std::string text = host.settings_file("no plugin", "no.so");
  const std::string mistake = host.settings_file(
      edited(ch_returns_settings(), "SNA = Pending", "SNA = Pendign"), "mistake.ini");
  const std::map<std::vector<std::string>, std::string> cases{
      {{"--plugin", text}, "no.so: not an ELF shared object"},
      {{"--plugin", "/nowhere.so"}, "/nowhere.so"},
      {{"--settings", mistake}, "mistake.ini"},
      {{"--settings", mistake}, "[8.14.3] SNA = Pendign: expected any, none"},
      {{"--settings", "/nowhere.ini"}, "/nowhere.ini"},
      {{"--expect", "/nowhere.csv"}, "/nowhere.csv"},
      {{"--since", "yesterday"}, "'yesterday': expected a UTC day"},
      {{"--until", "2026-02-30"}, "'2026-02-30': expected a UTC day"},
      {{"--format", "xml"}, "xml"},
  };
  for (const auto& [options, why] : cases) {
    const Finished refused = what_if(host, options);
    CAPTURE(refused.out);
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.err, Contains(why) && !Contains((host.directory() / "tmp").string()));
  }
  const Finished no_config = run(sample_host_program(), {"what-if", "--config", "/nowhere.ini"});
  CHECK(no_config.exit_code == 2);

  host.stop();
  unpack_outcomes(host.store());
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(host.store().c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db,
                       "UPDATE outcomes SET request = CAST(replace(CAST(request AS TEXT), "
                       "'Fault', 'fault') AS BLOB) "
                       "WHERE cursor = 7",
                       nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
  const Finished damaged = what_if(host);
  CHECK(damaged.exit_code == 2);
  CHECK_THAT(damaged.err, Contains("record 7, request " + eui_of("eis")));
}

TEST_CASE("A coming date is shown by check, proven by what-if, and decides by the receipt time",
          "[R12]") {
  AnsweredHost host;
  const auto dated = [&](const std::string& lines) {
    return edited(ch_returns_settings(), "[SNA]", "[SNA]\n" + lines);
  };
  const std::int64_t agents = counted(host, "role = 'SNA' AND code <> 'E2'");
  const auto changed = [&](const std::string& lines) {
    const std::string file = host.settings_file(dated(lines));
    const Finished finished = what_if(host, {"--settings", file, "--format", "json"});
    return json::parse(finished.out).at("changed").as_int64();
  };
  CHECK(changed("from = 2100-01-01") == agents);
  CHECK(changed("until = 2026-01-01") == agents);
  CHECK(changed("from = 2026-01-01\nuntil = 2100-01-01") == 0);

  write_file(host.settings() / "ch-returns.ini", dated("from = 2020-01-01\nuntil = 2100-06-25"));
  const Finished check =
      run(sample_host_program(), {"check", "--config", host.configuration().string()});
  CHECK(check.exit_code == 0);
  const std::string agents_now = "now: [8.14.3] SNA = Pending, [8.14.4] SNA = Pending\n";
  CHECK_THAT(check.out,
             Contains("note  plugin ch-returns.so: " + agents_now) &&
                 Contains("note  plugin ch-returns.so: from 2100-06-26T00:00:00Z (in Great Britain "
                          "2100-06-26T01:00:00 BST): SNA is not eligible\n") &&
                 Contains("warn  plugin ch-returns.so: [SNA] from is in the past: "
                          "2020-01-01T00:00:00Z"));
  REQUIRE(host.reload() == 200);
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  write_file(host.settings() / "ch-returns.ini", dated("from = 2100-01-01"));
  REQUIRE(host.reload() == 200);
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "E2");
  CHECK(host.answer("eis", "8.14.3", hub("Pending")) == "I99");
}
