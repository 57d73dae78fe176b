// SPDX-License-Identifier: Apache-2.0
//
// dcc-sample-host as its operator runs it: import, check, wrong usage.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "support/host_fixture.hpp"

using namespace support;

namespace {

Finished check(const std::filesystem::path& configuration) {
  return run(sample_host_program(), {"check", "--config", configuration.string()});
}

// Every file with its content and the time of its last change.
std::map<std::string, std::string> state_of(const std::filesystem::path& directory) {
  std::map<std::string, std::string> state;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const auto time = entry.last_write_time().time_since_epoch().count();
    state[entry.path().string()] =
        std::to_string(time) + (entry.is_regular_file() ? read_file(entry.path()) : "");
  }
  return state;
}

// Does it start, and refuse nothing?
bool ends_up_well(Process& serve) {
  try {
    serve.wait_for_line("admin listens on");
  } catch (const std::exception&) {
    return false;
  }
  serve.signal(SIGTERM);
  serve.wait();
  const std::string log = serve.err();
  return log.find("something was refused") == std::string::npos &&
         log.find("cannot be watched") == std::string::npos;
}

}  // namespace

TEST_CASE("An import into the running host takes effect at once", "[R8][R22][quick]") {
  HostFixture host;
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  host.import_rows("devices", hub("Pending") + ",CHF,Commissioned\n");
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "E5");
  host.import_rows("devices", hub("Pending") + ",CHF,Pending\n");
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");

  CHECK(host.answer("lonely", "8.14.3", hub("Pending")) == "E4");
  host.import_rows("appointments", eui_of("lonely") + "," + eui_of("eis") + ",2020-01-01,\n");
  CHECK(host.answer("lonely", "8.14.3", hub("Pending")) == "I99");
  host.import_rows("orders", hub("Pending") + "," + eui_of("gis") + "\n");
  CHECK(host.answer("lonely", "8.14.3", hub("Pending")) == "E4");

  CHECK(host.answer("gis", "8.14.3", kNoDevice) == "E19");
  host.import_rows("devices", kNoDevice + ",CHF,Recovered\n");
  CHECK(host.answer("gis", "8.14.3", kNoDevice) == "I99");

  CHECK(host.answer("unknown", "8.14.3", hub("Pending")) == "E1");
  host.import_rows("users", eui_of("unknown") + ",IS,Active,\"New, but known\"\n");
  CHECK(host.answer("unknown", "8.14.3", hub("Pending")) == "I99");
  host.import_rows("users", eui_of("unknown") + ",RSA,Suspended,\n");
  CHECK(host.answer("unknown", "8.14.3", hub("Pending")) == "E3");
}

TEST_CASE("An appointment counts on its days only", "[R18]") {
  HostFixture host;
  const auto appoint = [&](const std::string& days) {
    host.import_rows("appointments", eui_of("lonely") + "," + eui_of("eis") + "," + days + "\n");
    return host.answer("lonely", "8.14.4", hub("Pending"));
  };
  CHECK(appoint("2020-01-01,2020-12-31") == "E4");
  CHECK(appoint("2999-01-01,") == "E4");
  CHECK(appoint("2020-01-01,2999-12-31") == "I99");
}

TEST_CASE("A file with a bad row is refused by file and line, and nothing of it imported",
          "[R26]") {
  HostFixture host;
  struct Bad {
    std::string table, csv, line;
  };
  const std::string good = hub("Commissioned") + ",CHF,Pending\n";
  for (const Bad& bad : {
           Bad{"devices", "device_id,type,status\n" + good + kMeter + ",CHF,Pendign\n", "3"},
           Bad{"devices", "device_id,type,status\n" + good + "nonsense,CHF,Pending\n", "3"},
           Bad{"devices", "device_id,type,status\n" + good + kMeter + ",CHF\n", "3"},
           Bad{"devices", "device_id,status,type\n" + good, "1"},
           Bad{"users", "user_id,role,status,name\n" + eui_of("eis") + ",XX,Active,x\n", "2"},
           Bad{"orders", "device_id,supplier_id\n" + hub("Pending") + ",\n", "2"},
           Bad{"appointments",
               "agent_id,supplier_id,valid_from,valid_until\n" + eui_of("sna") + "," +
                   eui_of("eis") + ",2023-02-29,\n",
               "2"},
       }) {
    INFO(bad.table << ":\n" << bad.csv);
    const Finished import = host.import(bad.table, bad.csv);
    INFO(import.err);
    CHECK(import.exit_code == 1);
    CHECK(import.err.find(".csv:" + bad.line + ": ") != std::string::npos);
    CHECK(host.answer("sna", "8.14.3", hub("Commissioned")) == "E5");
  }
  CHECK(host.import("devices", "device_id,type,status\n").exit_code == 0);
}

TEST_CASE("An import from standard input is one from a file", "[R22]") {
  HostFixture host;
  const auto import = [&](const std::string& table, const std::string& csv) {
    const auto file = host.directory() / "piped";
    write_file(file, csv);
    return run("sh", {"-c", "cat \"$2\" | exec \"$0\" import \"$3\" - --config \"$1\"",
                      sample_host_program().string(), host.configuration().string(), file.string(),
                      table});
  };
  CHECK(host.answer("sna", "8.14.3", hub("Commissioned")) == "E5");
  const std::string header = "device_id,type,status\n";
  const Finished good = import("devices", header + hub("Commissioned") + ",CHF,Pending\n");
  INFO(good.err);
  CHECK(good.exit_code == 0);
  CHECK(good.out == "imported 1 rows (1 changed)\n");
  CHECK(host.answer("sna", "8.14.3", hub("Commissioned")) == "I99");

  const Finished bad = import(
      "devices", header + hub("Commissioned") + ",CHF,Commissioned\n" + kMeter + ",CHF,Lost\n");
  CHECK(bad.exit_code == 1);
  CHECK_THAT(bad.err, Catch::StartsWith("standard input:3: status is 'Lost', expected one of "));
  CHECK(host.answer("sna", "8.14.3", hub("Commissioned")) == "I99");
}

TEST_CASE("import --help tells the columns of every table, and what they take", "[R26]") {
  const Finished help = run(sample_host_program(), {"import", "--help"});
  CHECK(help.exit_code == 0);
  for (const char* line : {"users: user_id,role,status,name\n", "devices: device_id,type,status\n",
                           "orders: device_id,supplier_id\n",
                           "appointments: agent_id,supplier_id,valid_from,valid_until\n",
                           "  role     one of EIS|IS GIS|GS SNA|RSA ES ED GT OU MDR\n",
                           "  valid_until  a day of the calendar, YYYY-MM-DD, or nothing\n"})
    CHECK_THAT(help.out, Catch::Contains(line));
  // The page that testers read says the same.
  const std::string page = read_file(DCC_SOURCE_DIR "/sample-host/README.md");
  const std::string tables = help.out.substr(help.out.find("CSV (RFC 4180)"));
  CHECK(page.find("```\n" + tables.substr(0, tables.find_last_not_of('\n') + 1) + "\n```") !=
        std::string::npos);
}

TEST_CASE("An import that replaces a table says what goes, and a dry run leaves it", "[R26]") {
  HostFixture host;
  const auto file = host.directory() / "appointments.csv";
  write_file(file, "agent_id,supplier_id,valid_from,valid_until\n");
  const auto import = [&](const std::vector<std::string>& options) {
    std::vector<std::string> words{"import", "appointments", file.string(), "--config",
                                   host.configuration().string()};
    words.insert(words.end(), options.begin(), options.end());
    const Finished finished = run(sample_host_program(), words);
    INFO(finished.err);
    CHECK(finished.exit_code == 0);
    return finished.out;
  };
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  const std::string tried = import({"--replace", "--dry-run"});
  CHECK(tried.find(" would be removed:\n  " + eui_of("sna") + ",") != std::string::npos);
  CHECK(tried.find("nothing was changed") != std::string::npos);
  CHECK(import({"--dry-run"}).find("the file is good: 0 rows") == 0);
  import({});
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "I99");
  CHECK(import({"--replace"}).find(" will be removed:\n  " + eui_of("sna") + ",") !=
        std::string::npos);
  CHECK(host.answer("sna", "8.14.3", hub("Pending")) == "E4");
}

TEST_CASE("A dry run of an import makes no store", "[R26]") {
  HostFixture host(HostFixture::Options{});
  std::filesystem::remove_all(host.store().parent_path());
  const auto import = [&](const std::string& line, bool dry_run) {
    write_file(host.directory() / "devices.csv", "device_id,type,status\n" + line);
    std::vector<std::string> words{"import", "devices", (host.directory() / "devices.csv").string(),
                                   "--config", host.configuration().string()};
    if (dry_run) words.insert(words.end(), {"--dry-run", "--replace"});
    return run(sample_host_program(), words);
  };
  const std::string row = hub("Pending") + ",CHF,Pending\n";
  const Finished tried = import(row, true);
  INFO(tried.err);
  CHECK(tried.out ==
        "0 rows are not in the file and would be removed\n"
        "the file is good: 1 rows; nothing was changed\n");
  CHECK_THAT(import(row + row, true).err, Catch::Contains(" is in line 2 already"));
  CHECK_FALSE(std::filesystem::exists(host.store().parent_path()));
  CHECK(import(row, false).exit_code == 0);
  CHECK(std::filesystem::exists(host.store()));
}

TEST_CASE("check says of each part whether it will do, and starts nothing", "[R12]") {
  HostFixture host(HostFixture::Options{});
  const Finished good = check(host.configuration());
  INFO(good.out << good.err);
  CHECK(good.exit_code == 0);
  CHECK(good.out.find("FAIL") == std::string::npos);

  const std::string text = read_file(host.configuration());
  struct Bad {
    std::string from, to, named;
  };
  for (const Bad& bad : {
           Bad{"workers = 2", "workers = many", "workers"},
           Bad{"workers = 2", "wrokers = 2", "wrokers"},
           Bad{"[store]", "[stroe]", "stroe"},
           Bad{"listen = 127.0.0.1:0", "listen = 0.0.0.0:0", "0.0.0.0:0"},
           Bad{"directory = certificates", "directory = nowhere", "nowhere"},
           Bad{"trust_anchor = ca.pem", "trust_anchor = keys/dcc.key", "dcc.key"},
           Bad{"key = keys/dcc.key", "key = keys/eis.key", "eis.key"},
           Bad{"url = sqlite:state/store.db", "url = postgres:db", "postgres:db"},
           Bad{"url = sqlite:state/store.db", "url = sqlite:ca.pem", "ca.pem"},
           Bad{"schema = \n", "schema = ca.pem\n", "ca.pem"},
           Bad{"directory = plugins\n", "directory = nowhere\n", "nowhere"},
           Bad{"[plugins]\n", "[plugins]\nprobe = nowhere\n", "nowhere"},
       }) {
    INFO(bad.to);
    const auto file = host.directory() / "bad.ini";
    write_file(file, edited(text, bad.from, bad.to));
    const Finished checked = check(file);
    INFO(checked.out << checked.err);
    CHECK(checked.exit_code == 1);
    CHECK(checked.out.find("FAIL") != std::string::npos);
    CHECK(checked.out.find(bad.named) != std::string::npos);
  }
}

TEST_CASE("check says what a plugin would be refused for, and leaves nothing behind", "[R12]") {
  HostFixture host(HostFixture::Options{});
  write_file(host.settings() / "ch-returns.ini",
             edited(ch_returns_settings(), "status_code = E5", "status_code = E99999"));
  const auto files = [&] {
    std::set<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(host.directory())) {
      found.insert(entry.path());
    }
    return found;
  };
  const auto before = files();
  const Finished checked = check(host.configuration());
  CHECK(checked.exit_code == 1);
  CHECK(checked.out.find(
            "FAIL  plugin ch-returns.so: " + (host.plugins() / "ch-returns.so").string() +
            ": create: ") != std::string::npos);
  CHECK(checked.out.find("E99999") != std::string::npos);
  CHECK(files() == before);
}

TEST_CASE("check says what serve does", "[R12]") {
  struct Setup {
    std::string name;
    std::function<void(HostFixture&)> prepare;
    std::string from, to;  // in the configuration; empty: nothing
  };
  using std::filesystem::create_directory, std::filesystem::permissions, std::filesystem::perms;
  const auto open_to_all = [](const std::filesystem::path& directory) {
    create_directory(directory);
    permissions(directory, perms::all);
  };
  const std::string no_admin = "listen = 127.0.0.1:0\n[duis]";
  for (const Setup& setup : std::vector<Setup>{
           {"nothing is wrong", [](auto&) {}, "", ""},
           {"cache of mode 0755",
            [](auto& h) { create_directory(h.store().parent_path() / "plugin-cache"); }, "", ""},
           {"cache that is a file",
            [](auto& h) { write_file(h.store().parent_path() / "plugin-cache", ""); }, "", ""},
           {"log file without its directory", [](auto&) {}, "[store]",
            "[log]\nfile = no/log\n[store]"},
           {"log file that is a directory", [](auto&) {}, "[store]", "[log]\nfile = keys\n[store]"},
           {"socket without its directory", [](auto&) {}, no_admin, "listen = unix:no/s\n[duis]"},
           {"socket in a directory open to all",
            [&](auto& h) { open_to_all(h.directory() / "all"); }, no_admin,
            "listen = unix:all/s\n[duis]"},
           {"socket in the place of a file", [](auto& h) { write_file(h.directory() / "s", ""); },
            no_admin, "listen = unix:s\n[duis]"},
           {"socket", [](auto&) {}, no_admin, "listen = unix:state/s\n[duis]"},
           {"address of another machine", [](auto&) {}, "listen = 127.0.0.1:0\nworkers",
            "allow_plaintext = on\nlisten = 192.0.2.1:0\nworkers"},
           {"one plugin twice",
            [](auto& h) {
              std::filesystem::copy_file(ch_returns_object(), h.plugins() / "z.so");
              write_file(h.settings() / "z.ini", ch_returns_settings());
            },
            "", ""},
           {"another system's file beside the plugin",
            [](auto& h) { write_file(h.plugins() / "._ch-returns.so", "x"); }, "", ""},
           {"plugin without settings",
            [](auto& h) { std::filesystem::remove(h.settings() / "ch-returns.ini"); }, "", ""},
           {"no directory of settings and no plugin",
            [](auto& h) {
              std::filesystem::remove_all(h.settings());
              std::filesystem::remove(h.plugins() / "ch-returns.so");
            },
            "watch = off", "watch = on"},
           {"no directory of settings, no plugin and nobody who watches",
            [](auto& h) {
              std::filesystem::remove_all(h.settings());
              std::filesystem::remove(h.plugins() / "ch-returns.so");
            },
            "", ""},
           {"settings without a plugin", [](auto& h) { write_file(h.settings() / "x.ini", "x"); },
            "", ""},
           {"plugin of a directory open to all",
            [](auto& h) { permissions(h.plugins(), perms::all); }, "", ""},
           {"store two directories below what is there", [](auto&) {}, "sqlite:state/store.db",
            "sqlite:a/b/store.db"},
           {"store one directory below what is there", [](auto&) {}, "sqlite:state/store.db",
            "sqlite:a/store.db"},
           {"store that is a directory", [](auto& h) { create_directory(h.directory() / "d.db"); },
            "sqlite:state/store.db", "sqlite:d.db"},
           {"store of nothing yet", [](auto& h) { write_file(h.directory() / "state/e.db", ""); },
            "sqlite:state/store.db", "sqlite:state/e.db"},
       }) {
    INFO(setup.name);
    HostFixture host(HostFixture::Options{});
    setup.prepare(host);
    if (!setup.from.empty()) {
      write_file(host.configuration(),
                 edited(read_file(host.configuration()), setup.from, setup.to));
    }
    const auto before = state_of(host.directory());
    const Finished checked = check(host.configuration());
    INFO(checked.out << checked.err);
    CHECK(state_of(host.directory()) == before);

    Process serve(sample_host_program(), {"serve", "--config", host.configuration().string()});
    const bool well = ends_up_well(serve);
    INFO(serve.err());
    CHECK((checked.exit_code == 0) == well);
  }
}

TEST_CASE("serve refuses a configuration that check refuses", "[R12]") {
  HostFixture host(HostFixture::Options{});
  write_file(host.configuration(),
             edited(read_file(host.configuration()), "workers = 2", "workers = 0"));
  const Finished serve =
      run(sample_host_program(), {"serve", "--config", host.configuration().string()});
  CHECK(serve.exit_code == 1);
  CHECK(serve.err.find("[http] workers: '0' is not allowed") != std::string::npos);
}

TEST_CASE("Wrong usage is exit code 2", "[R30]") {
  CHECK(run(sample_host_program(), {}).exit_code == 2);
  CHECK(run(sample_host_program(), {"dance"}).exit_code == 2);
  CHECK(run(sample_host_program(), {"serve"}).exit_code == 2);
  CHECK(run(sample_host_program(), {"import", "hubs", "x.csv", "--config", "x"}).exit_code == 2);
  CHECK(run(sample_host_program(), {"--help"}).exit_code == 0);
}
