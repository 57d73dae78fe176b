// SPDX-License-Identifier: Apache-2.0
//
// Files into the store: what is taken, what is refused and how it is said, and that nothing of a
// refused file arrives.
#include "import/import.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <optional>
#include <sstream>
#include <tuple>

#include "unit/store/fixture.hpp"

using namespace sample;
using Catch::Contains;

namespace {

const std::string kUsersHeader = "user_id,role,status,name\n";
const std::string kDevicesHeader = "device_id,type,status\n";
const std::string kOrdersHeader = "device_id,supplier_id\n";
const std::string kAppointmentsHeader = "agent_id,supplier_id,valid_from,valid_until\n";

class ImportFixture : public StoreFixture {
 public:
  ImportCounts import(Table kind, const std::string& content) {
    return import_file(*store->staging(kind), directory.write("file.csv", content));
  }

  // What the refusal says behind the file's name; empty: it was not refused.
  std::string refusal(Table kind, const std::string& content) {
    const std::string name = (directory / "file.csv").string();
    try {
      import(kind, content);
    } catch (const ImportError& error) {
      const std::string what = error.what();
      REQUIRE_THAT(what, Catch::StartsWith(name));
      return what.substr(name.size());
    }
    return "";
  }
};

using Steps = std::vector<std::tuple<ImportStep, std::size_t, std::optional<std::size_t>>>;

ImportProgress note(Steps& steps) {
  return [&](auto... step) { steps.emplace_back(step...); };
}

// More than are sorted at a time.
constexpr std::size_t kMany = 100'000;

std::string device_lines(std::size_t count) {
  std::string lines = kDevicesHeader;
  // Backwards: the import sorts.
  for (std::size_t i = count; i > 0; --i) lines += Eui64{i}.text() + ",CHF,Pending\n";
  return lines;
}

}  // namespace

TEST_CASE_METHOD(ImportFixture, "import: users in both spellings of their roles") {
  const struct {
    const char* read;
    const char* stored;
  } roles[] = {{"EIS", "EIS"}, {"IS", "EIS"},  {"GIS", "GIS"}, {"GS", "GIS"},
               {"SNA", "SNA"}, {"RSA", "SNA"}, {"ES", "ES"},   {"ED", "ED"},
               {"GT", "GT"},   {"OU", "OU"},   {"MDR", "MDR"}};
  std::string content = kUsersHeader;
  std::uint64_t id = 0;
  for (const auto& role : roles) {
    content += Eui64{++id}.text() + "," + role.read + ",Active,\"Name, \"\"quoted\"\"\"\n";
  }
  const ImportCounts counts = import(Table::users, content);
  CHECK(counts.rows == 11);
  CHECK(counts.changed == 11);
  id = 0;
  for (const auto& role : roles)
    CHECK(reader->user(Eui64{++id}) == Register::User{role.stored, "Active"});
}

TEST_CASE_METHOD(ImportFixture, "import: all device types and statuses of the schema") {
  std::string content = kDevicesHeader;
  std::uint64_t id = 0;
  for (const char* type : {"ESME", "GSME", "GPF", "CHF", "HCALCS", "PPMID", "IHD", "CAD"}) {
    content += Eui64{++id}.text() + "," + type + ",Pending\n";
  }
  for (const char* status : {"Pending", "Whitelisted", "InstalledNotCommissioned", "Commissioned",
                             "Decommissioned", "Withdrawn", "Suspended", "Recovery", "Recovered"}) {
    content += Eui64{++id}.text() + ",CHF," + status + "\n";
  }
  CHECK(import(Table::devices, content).changed == 17);
  CHECK(reader->device(8)->type == "CAD");
  CHECK(reader->device(17)->status == "Recovered");
}

TEST_CASE_METHOD(ImportFixture,
                 "import: orders and appointments, CRLF, byte order mark, no last line end") {
  users({{kSupplier, "EIS", "Active", ""}});
  import(Table::orders,
         "\xEF\xBB\xBF"
         "device_id,supplier_id\r\n" +
             kHub.text() + "," + kSupplier.text() + "\r\n");
  const auto counts =
      import(Table::appointments, kAppointmentsHeader + kAgent.text() + "," + kSupplier.text() +
                                      ",2026-01-01,\n" + kAgent.text() + "," + kSupplier.text() +
                                      ",2024-02-29,2024-02-29");
  CHECK(counts.rows == 2);
  CHECK(reader->acts_for_orderer(kAgent.value, kHub.value, unix_ms("2030-01-01", 0)).holds);
  CHECK(reader->acts_for_orderer(kAgent.value, kHub.value, unix_ms("2024-02-29", 0)).holds);
  CHECK_FALSE(reader->acts_for_orderer(kAgent.value, kHub.value, unix_ms("2025-01-01", 0)).holds);
}

TEST_CASE_METHOD(ImportFixture, "import: a header alone is valid and changes nothing") {
  fill();
  const std::int64_t before = relations();
  CHECK(import(Table::users, kUsersHeader).rows == 0);
  CHECK(import(Table::devices, kDevicesHeader).rows == 0);
  CHECK(import(Table::orders, "device_id,supplier_id").rows == 0);
  CHECK(import(Table::appointments, kAppointmentsHeader).rows == 0);
  CHECK(relations() == before);
}

TEST_CASE_METHOD(ImportFixture, "import: the same file again changes nothing") {
  const std::string content = kDevicesHeader + kHub.text() + ",CHF,Pending\n";
  CHECK(import(Table::devices, content).changed == 1);
  const ImportCounts again = import(Table::devices, content);
  CHECK(again.rows == 1);
  CHECK(again.changed == 0);
}

TEST_CASE_METHOD(ImportFixture, "import: a wrong header is refused in line 1") {
  const auto expected = [](const std::string& found, const std::string& header) {
    return ":1: the header is '" + found + "', expected " + header;
  };
  const std::string devices_header = "device_id,type,status";
  CHECK(refusal(Table::devices, "") == expected("", devices_header));
  CHECK(refusal(Table::devices, "\n") == expected("", devices_header));
  CHECK(refusal(Table::devices, "device_id,type\n") == expected("device_id,type", devices_header));
  CHECK(refusal(Table::devices, "device_id,status,type\n") ==
        expected("device_id,status,type", devices_header));
  CHECK(refusal(Table::devices, "device_id, type,status\n") ==
        expected("device_id, type,status", devices_header));
  CHECK(refusal(Table::devices, "Device_ID,type,status\n") ==
        expected("Device_ID,type,status", devices_header));
  CHECK(refusal(Table::users, kDevicesHeader) ==
        expected(devices_header, "user_id,role,status,name"));
  CHECK(refusal(Table::orders, kDevicesHeader) ==
        expected(devices_header, "device_id,supplier_id"));
  CHECK(refusal(Table::appointments, kDevicesHeader) ==
        expected(devices_header, "agent_id,supplier_id,valid_from,valid_until"));
}

TEST_CASE_METHOD(ImportFixture,
                 "import: a bad line is named with what was expected, and nothing is imported") {
  const std::string good = kHub.text() + ",CHF,Pending\n";
  const auto devices_refusal = [&](const std::string& bad) {
    const std::string text = refusal(Table::devices, kDevicesHeader + good + bad + "\n");
    CHECK_FALSE(reader->device(kHub.value));
    return text;
  };
  const std::string id = kOtherHub.text();
  CHECK(devices_refusal("x,CHF,Pending") ==
        ":3: device_id is 'x', expected an EUI-64 such as 90-B3-D5-1F-30-01-00-00");
  CHECK(devices_refusal(" " + id + ",CHF,Pending") ==
        ":3: device_id is ' " + id + "', expected an EUI-64 such as 90-B3-D5-1F-30-01-00-00");
  CHECK(devices_refusal(id + ",chf,Pending") ==
        ":3: type is 'chf', expected one of ESME GSME GPF CHF HCALCS PPMID IHD CAD");
  CHECK(devices_refusal(id + ",CHF,Lost") ==
        ":3: status is 'Lost', expected one of Pending Whitelisted InstalledNotCommissioned "
        "Commissioned Decommissioned Withdrawn Suspended Recovery Recovered");
  CHECK(devices_refusal(id + ",CHF,") ==
        ":3: status is '', expected one of Pending Whitelisted InstalledNotCommissioned "
        "Commissioned Decommissioned Withdrawn Suspended Recovery Recovered");
  CHECK(devices_refusal(id + ",CHF") == ":3: has 2 fields, expected 3: device_id,type,status");
  CHECK(devices_refusal(id + ",CHF,Pending,") ==
        ":3: has 4 fields, expected 3: device_id,type,status");
  CHECK(devices_refusal("CHF") == ":3: has 1 fields, expected 3: device_id,type,status");
  CHECK(devices_refusal(",,") == ":3: all its fields are empty");
  CHECK(devices_refusal(",,,,,") == ":3: all its fields are empty");
  CHECK(devices_refusal(id + ",\"CHF,Pending") == ":3: a quoted field does not end");
  CHECK(devices_refusal(id + ",C\"HF\",Pending") ==
        ":3: a quote inside a field that does not begin with one");
  CHECK(devices_refusal(std::string("\x1B[31m\0", 6) + ",CHF,Pending") ==
        ":3: device_id is '\\x1b[31m\\x00', expected an EUI-64 such as 90-B3-D5-1F-30-01-00-00");
  CHECK(devices_refusal(std::string(100, 'x') + ",CHF,Pending") ==
        ":3: device_id is '" + std::string(60, 'x') +
            "...', expected an EUI-64 such as 90-B3-D5-1F-30-01-00-00");
}

TEST_CASE_METHOD(ImportFixture, "import: bad users") {
  const std::string id = kAgent.text();
  CHECK(refusal(Table::users, kUsersHeader + id + ",XYZ,Active,\n") ==
        ":2: role is 'XYZ', expected one of EIS|IS GIS|GS SNA|RSA ES ED GT OU MDR");
  CHECK(refusal(Table::users, kUsersHeader + id + ",SNA,active,\n") ==
        ":2: status is 'active', expected one of Active Suspended");
  CHECK(refusal(Table::users, kUsersHeader + id + ",SNA,Active,\"a\nb\"\n") ==
        ":2: name is 'a\\x0ab', expected one line of UTF-8 text");
  CHECK_THAT(refusal(Table::users, kUsersHeader + id + ",SNA,Active,caf\xE9\n"),
             Contains(":2: name is ") && Contains("expected one line of UTF-8 text"));
  CHECK_THAT(refusal(Table::users, kUsersHeader + id + ",SNA,Active,\xC3\n"),
             Contains(":2: name is "));
  CHECK(refusal(Table::users, kUsersHeader + id + ",SNA,Active,caf\xC3\xA9\n").empty());
}

TEST_CASE_METHOD(ImportFixture, "import: dates are days of the calendar") {
  const std::string ids = kAgent.text() + "," + kSupplier.text() + ",";
  const auto with = [&](const std::string& from, const std::string& until) {
    return refusal(Table::appointments, kAppointmentsHeader + ids + from + "," + until + "\n");
  };
  for (const char* date :
       {"2025-02-29", "1900-02-29", "2026-04-31", "2026-00-10", "2026-13-01", "2026-01-00",
        "2026-1-1", "26-01-01", "2026/01/01", "2026-01-01T00:00:00Z", " 2026-01-01", "-026-01-01",
        "2026-+1-01", "today", ""}) {
    CAPTURE(date);
    CHECK(with(date, "2027-01-01") == ":2: valid_from is '" + std::string(date) +
                                          "', expected a day of the calendar, YYYY-MM-DD");
  }
  CHECK(with("2026-01-01", "2026-02-30") ==
        ":2: valid_until is '2026-02-30', expected a day of the calendar, YYYY-MM-DD, or nothing");
  for (const char* date : {"2024-02-29", "2000-02-29", "2026-12-31", "0001-01-01", "9999-12-31"}) {
    CAPTURE(date);
    CHECK(with(date, date).empty());
  }
}

TEST_CASE_METHOD(ImportFixture,
                 "import: blank lines are passed over, and lines keep their numbers") {
  const std::string hub = kHub.text() + ",CHF,Pending\r\n";
  CHECK(import(Table::devices, "\r\n" + kDevicesHeader + "\r\n" + hub + " \r\n\r\n").rows == 1);
  CHECK(reader->device(kHub.value));
  CHECK(refusal(Table::devices, kDevicesHeader + "\n\n" + "x,CHF,Pending\n") ==
        ":4: device_id is 'x', expected an EUI-64 such as 90-B3-D5-1F-30-01-00-00");
}

TEST_CASE_METHOD(ImportFixture,
                 "import: an appointment is withdrawn by an end before its beginning") {
  const std::string users =
      kUsersHeader + kAgent.text() + ",SNA,Active,a\n" + kSupplier.text() + ",EIS,Active,b\n";
  import(Table::users, users);
  import(Table::orders, kOrdersHeader + kHub.text() + "," + kSupplier.text() + "\n");
  const std::string key = kAgent.text() + "," + kSupplier.text() + ",2026-03-02,";
  const auto acts = [&](const char* day) {
    const std::int64_t at = unix_ms(day, kNoon);
    const bool for_any = reader->acts_for_any(kAgent.value, at).holds;
    CHECK(reader->acts_for_orderer(kAgent.value, kHub.value, at).holds == for_any);
    return for_any;
  };
  import(Table::appointments, kAppointmentsHeader + key + "\n");
  CHECK(acts("2026-03-02"));
  for (const char* until : {"2026-03-01", "2026-01-01", "0001-01-01"}) {
    CHECK(import(Table::appointments, kAppointmentsHeader + key + until + "\n").changed == 1);
    for (const char* day : {"2025-12-31", "2026-01-01", "2026-03-01", "2026-03-02", "2026-03-03"}) {
      CAPTURE(until, day);
      CHECK_FALSE(acts(day));
    }
  }
  CHECK(import(Table::appointments, kAppointmentsHeader + key + "2026-03-02\n").changed == 1);
  CHECK(acts("2026-03-02"));
}

TEST_CASE_METHOD(ImportFixture,
                 "import: what a file that replaces does not name is told and removed") {
  struct Case {
    Table kind;
    std::string header;
    std::vector<std::string> keys, rests;  // of three rows, in the order of their keys
  };
  const std::string agent = kAgent.text(), one = kSupplier.text(), other = kOtherSupplier.text();
  const Case c =
      GENERATE_COPY(Case{Table::users,
                         kUsersHeader,
                         {agent, one, other},
                         {",SNA,Active,a", ",EIS,Active,b", ",GIS,Active,c"}},
                    Case{Table::devices,
                         kDevicesHeader,
                         {kHub.text(), agent, kOtherHub.text()},
                         {",CHF,Pending", ",CHF,Pending", ",ESME,Pending"}},
                    Case{Table::orders,
                         kOrdersHeader,
                         {kHub.text(), agent, kOtherHub.text()},
                         {"," + one, "," + one, "," + other}},
                    Case{Table::appointments,
                         kAppointmentsHeader,
                         {agent + "," + one + ",2026-01-01", agent + "," + one + ",2026-02-01",
                          agent + "," + other + ",2026-01-01"},
                         {",", ",2026-12-31", ","}});
  const auto with = [&](unsigned rows) {  // a bit for each
    std::string lines = c.header;
    for (std::size_t i = 0; i < 3; ++i)
      if (rows >> i & 1) lines += c.keys[i] + c.rests[i] + "\n";
    return directory.write("file.csv", lines);
  };
  const unsigned rows = GENERATE(range(0u, 8u));
  CAPTURE(c.header, rows);
  import_file(*store->staging(c.kind), with(7));

  std::vector<std::string> told;
  ImportOptions options{.replace = true, .dry_run = true, .removal = {}};
  options.removal = [&](std::span<const std::string> keys, std::size_t count) {
    told.assign(keys.begin(), keys.end());
    CHECK(count == keys.size());
  };
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < 3; ++i)
    if ((rows >> i & 1) == 0) missing.push_back(c.keys[i]);
  const auto tried = import_file(*store->staging(c.kind), with(rows), {}, options);
  CHECK(told == missing);
  CHECK(tried.removed == missing.size());
  CHECK(tried.changed == 0);
  CHECK(import_file(*store->staging(c.kind), with(7)).changed == 0);  // nothing was removed

  options.dry_run = false;
  told.clear();
  const auto relations_before = relations();
  CHECK(import_file(*store->staging(c.kind), with(rows), {}, options).removed == missing.size());
  CHECK(told == missing);
  CHECK((relations() > relations_before) == (!missing.empty() && c.kind != Table::devices));
  CHECK(import_file(*store->staging(c.kind), with(rows), {}, options).removed == 0);
  CHECK(import_file(*store->staging(c.kind), with(7)).changed == missing.size());
}

TEST_CASE_METHOD(ImportFixture, "import: a file that replaces and is refused removes nothing") {
  import(Table::devices, device_lines(3));
  const auto file = directory.write("bad.csv", kDevicesHeader + "x,CHF,Pending\n");
  ImportOptions options{.replace = true, .dry_run = false, .removal = {}};
  options.removal = [](auto, std::size_t) { FAIL("nothing is to be removed"); };
  CHECK_THROWS_AS(import_file(*store->staging(Table::devices), file, {}, options), ImportError);
  CHECK(reader->device(1));
}

TEST_CASE_METHOD(ImportFixture,
                 "import: more rows than one transaction are removed, ten of them are told") {
  import(Table::devices, device_lines(25'000));
  std::size_t told = 0;
  ImportOptions options{.replace = true, .dry_run = false, .removal = {}};
  options.removal = [&](std::span<const std::string> keys, std::size_t count) {
    told = count;
    CHECK(keys.size() == 10);
    CHECK(keys[0] == Eui64{2}.text());
  };
  const auto file = directory.write("one.csv", device_lines(1));
  Steps steps;
  const auto staging = store->staging(Table::devices);
  CHECK(import_file(*staging, file, note(steps), options).removed == 24'999);
  CHECK(steps == Steps{{ImportStep::imported, 1, 1},
                       {ImportStep::removed, 10'000, 24'999},
                       {ImportStep::removed, 20'000, 24'999},
                       {ImportStep::removed, 24'999, 24'999}});
  CHECK(told == 24'999);
  CHECK(reader->device(1));
  for (const std::uint64_t id : {2u, 10'000u, 10'001u, 10'002u, 20'001u, 25'000u})
    CHECK_FALSE(reader->device(id));
}

TEST_CASE_METHOD(ImportFixture,
                 "import: a device that was removed comes back with a revision of its own") {
  const std::string hub = kHub.text();
  import(Table::devices, kDevicesHeader + hub + ",CHF,Pending\n");
  import(Table::devices, kDevicesHeader + hub + ",CHF,Commissioned\n");
  const auto revision = reader->device(kHub.value)->revision;
  const auto none = directory.write("none.csv", kDevicesHeader);
  const ImportOptions options{.replace = true, .dry_run = false, .removal = {}};
  for (int i = 0; i < 3; ++i) {
    const auto before = reader->device(kHub.value)->revision;
    CHECK(import_file(*store->staging(Table::devices), none, {}, options).removed == 1);
    CHECK_FALSE(reader->device(kHub.value));
    import(Table::devices, kDevicesHeader + hub + ",CHF,Pending\n");
    CHECK(reader->device(kHub.value)->revision > before);
  }
  CHECK(reader->device(kHub.value)->revision > revision);
}

TEST_CASE_METHOD(ImportFixture, "import: the first ten bad lines are said, the others counted") {
  std::string content = kDevicesHeader;
  for (int i = 0; i < 12; ++i) content += "x,CHF,Pending\n";
  const std::string text = refusal(Table::devices, content);
  CHECK_THAT(text, Contains("file.csv:2: ") || Catch::StartsWith(":2: "));
  CHECK_THAT(text, Contains("file.csv:11: "));
  CHECK_THAT(text, !Contains("file.csv:12: "));
  CHECK_THAT(text, Catch::EndsWith("file.csv: 2 more bad lines"));
}

TEST_CASE_METHOD(ImportFixture, "import: a key given twice is refused, naming both lines") {
  const std::string again = " is in line 2 already";
  const std::string hub = kHub.text();
  CHECK(refusal(Table::devices, kDevicesHeader + hub + ",CHF,Pending\n" + kOtherHub.text() +
                                    ",CHF,Pending\n" + hub + ",CHF,Pending\n") ==
        ":4: " + hub + again);
  CHECK_FALSE(reader->device(kHub.value));
  CHECK(refusal(Table::devices, kDevicesHeader + "00-DB-12-34-56-78-00-0a,CHF,Pending\n" +
                                    "00-db-12-34-56-78-00-0A,CHF,Pending\n") ==
        ":3: 00-DB-12-34-56-78-00-0A" + again);
  CHECK(refusal(Table::users, kUsersHeader + hub + ",SNA,Active,a\n" + hub + ",EIS,Active,b\n") ==
        ":3: " + hub + again);
  CHECK(refusal(Table::orders, kOrdersHeader + hub + "," + kSupplier.text() + "\n" + hub + "," +
                                   kOtherSupplier.text() + "\n") == ":3: " + hub + again);
  const std::string key = kAgent.text() + "," + kSupplier.text() + ",2026-01-01";
  CHECK(refusal(Table::appointments, kAppointmentsHeader + key + ",\n" + key + ",2026-12-31\n") ==
        ":3: " + key + again);
}

TEST_CASE_METHOD(ImportFixture, "import: a key given twice is found among many rows, by line") {
  // In the first lines and in the last ones, the later key first.
  const std::string other = kOtherHub.text(), hub = kHub.text();
  const std::string first = other + ",CHF,Pending\n" + hub + ",CHF,Pending\n";
  std::string lines = kDevicesHeader + first + device_lines(kMany).substr(kDevicesHeader.size());
  lines += first + hub + ",CHF,Pending\n";
  const std::string file = (directory / "file.csv").string();
  CHECK(refusal(Table::devices, lines) == ":100004: " + other + " is in line 2 already\n" + file +
                                              ":100005: " + hub + " is in line 3 already\n" + file +
                                              ":100006: " + hub + " is in line 100005 already");
  CHECK_FALSE(reader->device(1));
}

TEST_CASE_METHOD(ImportFixture, "import: many rows in no order all arrive, each as it is") {
  std::vector<std::uint64_t> ids;
  for (std::uint64_t i = 1; i <= kMany; ++i) ids.push_back(i * 0x9E3779B97F4A7C15);
  const auto type_of = [](std::uint64_t id) { return id % 2 == 0 ? "CHF" : "ESME"; };
  std::string lines = kDevicesHeader;
  for (const auto id : ids) lines += Eui64{id}.text() + "," + type_of(id) + ",Pending\n";
  CHECK(import(Table::devices, lines).changed == kMany);
  std::size_t right = 0;
  for (const auto id : ids) {
    const auto device = reader->device(id);
    right += device && device->type == type_of(id) && device->revision == 1;
  }
  CHECK(right == kMany);
  CHECK(import(Table::devices, lines).changed == 0);
}

TEST_CASE_METHOD(ImportFixture,
                 "import: temporary files that cannot grow are said with their directory") {
  const auto file = directory.write("file.csv", device_lines(kMany));
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1 << 20, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  std::string what;
  try {
    import_file(*store->staging(Table::devices), file);
  } catch (const StoreError& error) {
    what = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK_THAT(what, Contains(this->file().string()) && Contains("; temporary files are in /"));
  CHECK_FALSE(reader->device(1));
}

TEST_CASE("import: without a store a file is checked, and there is nothing to remove") {
  const TemporaryDirectory directory;
  const Table table = GENERATE(Table::users, Table::devices, Table::orders, Table::appointments);
  const auto staging = staging_without_store(table);
  const std::string header = std::array{kUsersHeader, kDevicesHeader, kOrdersHeader,
                                        kAppointmentsHeader}[static_cast<std::size_t>(table)];
  ImportOptions options{.replace = true, .dry_run = true, .removal = {}};
  options.removal = [](std::span<const std::string> keys, std::size_t count) {
    CHECK(keys.empty());
    CHECK(count == 0);
  };
  CHECK(import_file(*staging, directory.write("file.csv", header), {}, options).rows == 0);
}

TEST_CASE_METHOD(ImportFixture, "import: a file that is not there is named") {
  const auto file = directory / "absent.csv";
  CHECK_THROWS_WITH(import_file(*store->staging(Table::users), file), Contains(file.string()));
}

TEST_CASE_METHOD(ImportFixture, "import: a stream is read like a file, and called by its name") {
  std::istringstream good("\xEF\xBB\xBF" + device_lines(2));
  const auto counts = import_stream(*store->staging(Table::devices), good, "standard input");
  CHECK(counts.rows == 2);
  CHECK(counts.changed == 2);

  std::istringstream bad(device_lines(2) + "x,CHF,Pending\n" + device_lines(0));
  CHECK_THROWS_WITH(import_stream(*store->staging(Table::devices), bad, "standard input"),
                    "standard input:4: device_id is 'x', expected an EUI-64 such as "
                    "90-B3-D5-1F-30-01-00-00\nstandard input:5: device_id is 'device_id', expected "
                    "an EUI-64 such as 90-B3-D5-1F-30-01-00-00");
  std::istringstream twice(device_lines(1) + "00-00-00-00-00-00-00-01,CHF,Pending\n");
  CHECK_THROWS_WITH(import_stream(*store->staging(Table::devices), twice, "standard input"),
                    Contains("standard input:3: ") && Contains(" is in line 2 already"));
  std::istringstream nothing;
  CHECK_THROWS_WITH(import_stream(*store->staging(Table::devices), nothing, "standard input"),
                    Contains("standard input:1: the header is ''"));
}

// What a column says is what it does: each word of a list is taken, and stored by the first of its
// spellings.
TEST_CASE_METHOD(ImportFixture, "import: every column is told with what it takes") {
  const std::string id = "90-B3-D5-1F-30-01-00-00";
  CHECK(columns_in_words(Table::users) ==
        "user_id,role,status,name\n"
        "  user_id  an EUI-64 such as 90-B3-D5-1F-30-01-00-00\n"
        "  role     one of EIS|IS GIS|GS SNA|RSA ES ED GT OU MDR\n"
        "  status   one of Active Suspended\n"
        "  name     one line of UTF-8 text\n");
  CHECK(columns_in_words(Table::devices) ==
        "device_id,type,status\n"
        "  device_id  an EUI-64 such as 90-B3-D5-1F-30-01-00-00\n"
        "  type       one of ESME GSME GPF CHF HCALCS PPMID IHD CAD\n"
        "  status     one of Pending Whitelisted InstalledNotCommissioned Commissioned "
        "Decommissioned Withdrawn Suspended Recovery Recovered\n");
  CHECK(columns_in_words(Table::orders) ==
        "device_id,supplier_id\n"
        "  device_id    an EUI-64 such as 90-B3-D5-1F-30-01-00-00\n"
        "  supplier_id  an EUI-64 such as 90-B3-D5-1F-30-01-00-00\n");
  CHECK(columns_in_words(Table::appointments) ==
        "agent_id,supplier_id,valid_from,valid_until\n"
        "  agent_id     an EUI-64 such as 90-B3-D5-1F-30-01-00-00\n"
        "  supplier_id  an EUI-64 such as 90-B3-D5-1F-30-01-00-00\n"
        "  valid_from   a day of the calendar, YYYY-MM-DD\n"
        "  valid_until  a day of the calendar, YYYY-MM-DD, or nothing\n");
  // The marks of the list are no part of a word.
  for (const char* role : {"EIS|IS", "|", "IS|", "EIS GIS", " ", "one", ""}) {
    CAPTURE(role);
    CHECK_THAT(refusal(Table::users, kUsersHeader + id + "," + role + ",Active,\n"),
               Contains(":2: role is '"));
  }
}

TEST_CASE_METHOD(ImportFixture,
                 "import: 10,001 rows are checked and arrive in two steps, and progress says so") {
  Steps steps;
  const auto counts = import_file(*store->staging(Table::devices),
                                  directory.write("file.csv", device_lines(10'001)), note(steps));
  CHECK(counts.rows == 10'001);
  CHECK(counts.changed == 10'001);
  CHECK(steps == Steps{{ImportStep::checked, 10'000, {}},
                       {ImportStep::imported, 10'000, 10'001},
                       {ImportStep::imported, 10'001, 10'001}});
  CHECK(reader->device(1));
  CHECK(reader->device(10'001));
}

TEST_CASE_METHOD(ImportFixture, "import: killed in another process, and repeated beside this one") {
  const auto csv = directory.write("file.csv", device_lines(20'001));
  close();  // no connection is carried into the child

  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto store_of_child = open_sqlite_store(file());
    import_file(*store_of_child->staging(Table::devices), csv,
                [](ImportStep step, std::size_t, std::optional<std::size_t>) {
                  if (step == ImportStep::imported) ::raise(SIGKILL);
                });
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));

  reopen();
  CHECK(reader->device(10'000));
  CHECK_FALSE(reader->device(10'001));
  CHECK(import_file(*store->staging(Table::devices), csv).changed == 10'001);
  CHECK(reader->device(20'001));
  CHECK(reader->device(1)->revision == 1);
}
