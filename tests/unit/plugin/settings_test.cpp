// SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "dcc/instant.hpp"
#include "dcc/response_codes.hpp"

namespace {

using namespace ch_returns;
using Lines = std::vector<std::array<std::string, 3>>;

const Lines kShipped = {{"8.14.3", "EIS", "any"},     {"8.14.3", "GIS", "any"},
                        {"8.14.3", "SNA", "Pending"}, {"8.14.4", "EIS", "any"},
                        {"8.14.4", "GIS", "any"},     {"8.14.4", "SNA", "Pending"},
                        {"SNA", "status_code", "E5"}, {"SNA", "appointment", "required"}};
const Lines kShortest = {{"8.14.3", "EIS", "any"},
                         {"8.14.3", "GIS", "any"},
                         {"8.14.4", "EIS", "any"},
                         {"8.14.4", "GIS", "any"}};

Settings read(const Lines& lines) {
  std::vector<dcc::Setting> given;
  for (const auto& [section, key, value] : lines) given.push_back({section, key, value});
  return read_settings(given);
}

std::string refusal(const Lines& lines) {
  try {
    read(lines);
    return "accepted";
  } catch (const dcc::Refused& why) {
    CHECK(why.status == DCC_INVALID);
    return why.what();
  }
}

Lines with(Lines lines, const std::string& section, const std::string& key,
           const std::string& value) {
  for (auto& line : lines) {
    if (line[0] == section && line[1] == key) {
      line[2] = value;
      return lines;
    }
  }
  lines.push_back({section, key, value});
  return lines;
}

Lines without(const Lines& lines, const std::string& section, const std::string& key = "") {
  Lines rest;
  for (const auto& line : lines) {
    if (line[0] != section || (!key.empty() && line[1] != key)) rest.push_back(line);
  }
  return rest;
}

std::string file_content(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

constexpr const char* kStatusList =
    "expected any, none or a comma-separated list of Pending Whitelisted InstalledNotCommissioned "
    "Commissioned Decommissioned Withdrawn Suspended Recovery Recovered";

}  // namespace

TEST_CASE("the shipped file has the shipped settings", "[R12]") {
  const std::string content = file_content(DCC_SOURCE_DIR "/config/plugins.d/ch-returns.ini");
  Lines lines;
  std::string section;
  const std::regex form(R"(\[(.+)\]|(\w+) = (.+)|;.*|)");
  for (auto at = content.begin(); at != content.end();) {
    const auto end = std::find(at, content.end(), '\n');
    std::smatch match;
    const std::string line(at, end);
    REQUIRE(std::regex_match(line, match, form));
    if (match[1].matched) section = match[1];
    if (match[2].matched) lines.push_back({section, match[2], match[3]});
    at = end == content.end() ? end : end + 1;
  }
  CHECK(lines == kShipped);
}

TEST_CASE("settings are read, and said in one line", "[R12]") {
  CHECK(describe(read(kShipped)) ==
        "[8.14.3] EIS = any; GIS = any; SNA = Pending; [8.14.4] EIS = any; GIS = any; "
        "SNA = Pending; [SNA] status_code = E5; appointment = required");
  CHECK(describe(read({{"8.14.4", "RSA", "Recovered ,Pending"},
                       {"SNA", "appointment", "off"},
                       {"8.14.4", "IS", "none"},
                       {"8.14.3", "GS", "none"},
                       {"8.14.3", "IS", "any"},
                       {"8.14.4", "GIS", "any"},
                       {"SNA", "status_code", "E17"},
                       {"8.14.3", "SNA", "any"}})) ==
        "[8.14.3] EIS = any; GIS = none; SNA = any; [8.14.4] EIS = none; GIS = any; "
        "SNA = Recovered, Pending; [SNA] status_code = E17; appointment = off");
}

TEST_CASE("SNA, its key and its section, is optional", "[R12]") {
  CHECK(describe(read(kShortest)) ==
        "[8.14.3] EIS = any; GIS = any; SNA = none; [8.14.4] EIS = any; GIS = any; SNA = none; "
        "[SNA] status_code = E5; appointment = required");
  CHECK(read(without(kShipped, "SNA", "appointment")).appointment == Appointment::required);
  CHECK(read(without(kShipped, "SNA", "status_code")).status_code == "E5");
}

TEST_CASE("what is required must be there", "[R12]") {
  CHECK(refusal({}) == "[8.14.3] EIS is missing: expected any or none");
  for (const std::string srv : {"8.14.3", "8.14.4"}) {
    CHECK(refusal(without(kShipped, srv)) == "[" + srv + "] EIS is missing: expected any or none");
    for (const std::string role : {"EIS", "GIS"}) {
      CHECK(refusal(without(kShipped, srv, role)) ==
            "[" + srv + "] " + role + " is missing: expected any or none");
    }
  }
}

TEST_CASE("unknown sections and keys are refused", "[R12]") {
  for (const std::string section : {"8.14.1", "8.14", "", "sna", "EIS", "8.14.3 "}) {
    CHECK(refusal(with(kShipped, section, "EIS", "any")) ==
          "[" + section + "] EIS = any: unknown section; expected [8.14.3], [8.14.4] or [SNA]");
  }
  for (const std::string key : {"ED", "eis", "", "EIS GIS", "status_code"}) {
    CHECK(refusal(with(kShipped, "8.14.4", key, "any")) ==
          "[8.14.4] " + key +
              " = any: unknown key; expected EIS (or IS), GIS (or GS), SNA (or RSA)");
  }
  for (const std::string key : {"EIS", "", "Status_Code", "appointments"}) {
    CHECK(refusal(with(kShipped, "SNA", key, "any")) ==
          "[SNA] " + key + " = any: unknown key; expected status_code, appointment, from or until");
  }
}

TEST_CASE("a key given twice is refused in whichever spelling", "[R12]") {
  const std::array<std::pair<std::string, std::string>, 3> pairs = {
      {{"EIS", "IS"}, {"GIS", "GS"}, {"SNA", "RSA"}}};
  for (const std::string srv : {"8.14.3", "8.14.4"}) {
    for (const auto& [one, other] : pairs) {
      for (const std::string& second : {one, other}) {
        Lines lines = kShipped;
        lines.push_back({srv, second, "any"});
        CHECK(refusal(lines) == "[" + srv + "] " + second + " = any: given twice; " + one +
                                    " in this section sets the same");
      }
    }
  }
  Lines lines = kShipped;
  lines.push_back({"SNA", "appointment", "off"});
  CHECK(refusal(lines) ==
        "[SNA] appointment = off: given twice; appointment in this section sets the same");
}

TEST_CASE("EIS and GIS take any or none, nothing else", "[R3][R12]") {
  for (const std::string value :
       {"", "Any", "NONE", "yes", "Pending", "any,none", "any ; every status"}) {
    for (const std::string role : {"EIS", "GIS"}) {
      CHECK(refusal(with(kShipped, "8.14.3", role, value)) ==
            "[8.14.3] " + role + " = " + value + ": expected any or none");
    }
  }
}

TEST_CASE("SNA takes any, none or statuses", "[R5][R12]") {
  for (const std::string status :
       {"Pending", "Whitelisted", "InstalledNotCommissioned", "Commissioned", "Decommissioned",
        "Withdrawn", "Suspended", "Recovery", "Recovered"}) {
    const Settings settings = read(with(kShipped, "8.14.4", "SNA", status));
    CHECK(settings.allowed(Srv::no_fault_return, Role::sna).statuses ==
          std::vector<std::string>{status});
  }
  for (const std::string value :
       {"", "pending", "Pending,", ",Pending", "Pending,,Withdrawn", "Pending Withdrawn",
        "any, Pending", "Pending, none", "Returned", "Pending ; comment", ","}) {
    CHECK(refusal(with(kShipped, "8.14.4", "SNA", value)) ==
          "[8.14.4] SNA = " + value + ": " + kStatusList);
  }
  CHECK(refusal(with(kShipped, "8.14.4", "SNA", "Pending, Withdrawn, Pending")) ==
        "[8.14.4] SNA = Pending, Withdrawn, Pending: Pending is given twice");
}

TEST_CASE("the code for a wrong status is an error code of the schema", "[R6][R9][R10]") {
  std::size_t accepted = 0;
  const auto expect_refused = [](const std::string& code) {
    CHECK(refusal(with(kShipped, "SNA", "status_code", code)) ==
          "[SNA] status_code = " + code +
              ": expected an error code (E...) of the DUIS schema, such as E5");
  };
  for (const std::string_view code : dcc::kResponseCodes) {
    if (code.front() == 'E') {
      CHECK(read(with(kShipped, "SNA", "status_code", std::string(code))).status_code == code);
      ++accepted;
    } else {
      expect_refused(std::string(code));
    }
  }
  CHECK(accepted == 187);
  for (const char* code : {"", "e5", "E6", "E5 ", "E05", "I1", "5", "E5, E4", "E5 ; comment"}) {
    expect_refused(code);
  }
}

TEST_CASE("the appointment check takes three values", "[R12][R18]") {
  CHECK(read(with(kShipped, "SNA", "appointment", "any")).appointment == Appointment::any);
  CHECK(read(with(kShipped, "SNA", "appointment", "off")).appointment == Appointment::off);
  for (const std::string value : {"", "on", "Required", "none", "required ; comment"}) {
    CHECK(refusal(with(kShipped, "SNA", "appointment", value)) ==
          "[SNA] appointment = " + value + ": expected required, any or off");
  }
}

TEST_CASE("agents are eligible from a day or time until another", "[R12]") {
  const auto agents = [](const std::string& from, const std::string& until) {
    Lines lines = kShipped;
    if (!from.empty()) lines.push_back({"SNA", "from", from});
    if (!until.empty()) lines.push_back({"SNA", "until", until});
    return lines;
  };
  // A day begins at midnight UTC, and as the last one it counts to its end.
  const Settings days = read(agents("2026-11-05", "2026-11-30"));
  CHECK(days.agents.from->text == "2026-11-05T00:00:00Z");
  CHECK(days.agents.until->text == "2026-12-01T00:00:00Z");
  const Settings summer = read(agents("2026-06-25T00:00+01:00", "2026-06-25T00:00Z"));
  CHECK(summer.agents.until->at - summer.agents.from->at == 3'600'000);
  CHECK_THAT(describe(summer), Catch::Matchers::EndsWith("; from = 2026-06-24T23:00:00Z; until = "
                                                         "2026-06-25T00:00:00Z"));
  CHECK_FALSE(read(kShipped).agents.from);
  CHECK_FALSE(read(kShipped).agents.until);

  for (const std::string key : {"from", "until"}) {
    for (const std::string value :
         {"", "tomorrow", "05.11.2026", "2026-11-31", "2026-11-05T00:00", "2026-11-05 ; comment"}) {
      CHECK(refusal(with(kShipped, "SNA", key, value)) ==
            "[SNA] " + key + " = " + value +
                ": expected a UTC day, such as 2026-11-05, or a time with its offset, such as "
                "2026-11-05T01:00+01:00");
    }
  }
  CHECK(refusal(agents("2026-11-05", "2026-11-05")) == "accepted");
  CHECK(refusal(agents("2026-11-05", "2026-11-04")) ==
        "[SNA] until: ends at 2026-11-05T00:00:00Z, expected later than [SNA] from, "
        "2026-11-05T00:00:00Z");
}

TEST_CASE("the timetable says what holds now and what is to come, by both clocks", "[R12]") {
  const auto said = [](const std::string& from, const std::string& until, const char* now) {
    Lines lines = kShipped;
    if (!from.empty()) lines.push_back({"SNA", "from", from});
    if (!until.empty()) lines.push_back({"SNA", "until", until});
    std::vector<std::string> lines_said;
    for (const Note& note : timetable(read(lines), dcc::parse_instant(now)->at)) {
      lines_said.push_back((note.is_warning ? "! " : "") + note.line);
    }
    return lines_said;
  };
  using Said = std::vector<std::string>;
  const std::string agents = "[8.14.3] SNA = Pending, [8.14.4] SNA = Pending";
  const std::string from = "from 2026-06-25T00:00:00Z (in Great Britain 2026-06-25T01:00:00 BST)";
  const std::string until = "from 2026-11-06T00:00:00Z (in Great Britain 2026-11-06T00:00:00 GMT)";
  CHECK(said("", "", "2026-06-24") == Said{});
  CHECK(said("2026-06-25", "", "2026-06-24") ==
        Said{"now: SNA is not eligible", from + ": " + agents});
  CHECK(said("2026-06-25", "2026-11-05", "2026-06-24T23:59:59Z") ==
        Said{"now: SNA is not eligible", from + ": " + agents, until + ": SNA is not eligible"});
  CHECK(said("", "2026-11-05", "2026-11-05") ==
        Said{"now: " + agents, until + ": SNA is not eligible"});
  CHECK(said("2026-06-25", "2026-11-05", "2026-06-25") ==
        Said{"now: " + agents, until + ": SNA is not eligible",
             "! [SNA] from is in the past: 2026-06-25T00:00:00Z (in Great Britain "
             "2026-06-25T01:00:00 BST)"});
  CHECK(said("", "2026-11-05", "2026-11-06") ==
        Said{"now: SNA is not eligible",
             "! [SNA] until is in the past, SNA is not eligible any more: 2026-11-06T00:00:00Z (in "
             "Great Britain 2026-11-06T00:00:00 GMT)"});
}

TEST_CASE("the response codes are those of the published schema", "[R9][R11]") {
  const std::filesystem::path schema = DCC_SOURCE_DIR "/../shared/duis/DUIS Schema V5.4.xsd";
  if (!std::filesystem::exists(schema)) {
    WARN("not checked: no " << schema);
    return;
  }
  const std::string content = file_content(schema);
  const auto begin = content.find("<xs:simpleType name=\"ResponseCode\">");
  REQUIRE(begin != content.npos);
  const std::string type = content.substr(begin, content.find("</xs:simpleType>", begin) - begin);
  const std::regex value("enumeration value=\"([^\"]*)\"");
  std::set<std::string> published;
  for (std::sregex_iterator at(type.begin(), type.end(), value), end; at != end; ++at) {
    published.insert((*at)[1]);
  }
  CHECK(published == std::set<std::string>(dcc::kResponseCodes.begin(), dcc::kResponseCodes.end()));
}
