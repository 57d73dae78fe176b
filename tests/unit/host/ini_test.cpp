// SPDX-License-Identifier: Apache-2.0
#include "host/ini.hpp"

#include <catch2/catch.hpp>

#include "plugin_host.hpp"

using dcc::host::ConfigError;
using dcc::host::parse_ini;
using dcc::host::read_ini;
using Settings = std::vector<dcc::host::Setting>;

namespace {

std::string error_of(const std::string& text) {
  try {
    parse_ini(text, "f.ini");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("settings come in file order, trimmed, and names may hold dots") {
  const auto settings = parse_ini(
      "; the matrix\n"
      "\n"
      "[8.14.4]\n"
      "SNA = Pending, Whitelisted\n"
      "  EIS=any  \n"
      "# another comment\n"
      "[ 8.14.3 ]\n"
      "\tSNA\t=\tPending\t\n",
      "f.ini");
  CHECK(settings == Settings{{"8.14.4", "SNA", "Pending, Whitelisted"},
                             {"8.14.4", "EIS", "any"},
                             {"8.14.3", "SNA", "Pending"}});
}

TEST_CASE("what looks odd but is meant is accepted") {
  CHECK(parse_ini("[a]\r\nk = v\r\n", "f") == Settings{{"a", "k", "v"}});
  CHECK(parse_ini("[a]\nk = v", "f") == Settings{{"a", "k", "v"}});
  CHECK(parse_ini("[a]\nk =\n", "f") == Settings{{"a", "k", ""}});
  CHECK(parse_ini("[a]\nk = b=c;d#e\n", "f") == Settings{{"a", "k", "b=c;d#e"}});
  CHECK(parse_ini("[a]\nk = 1\n[b]\nk = 2\n", "f") == Settings{{"a", "k", "1"}, {"b", "k", "2"}});
  CHECK(parse_ini("[a]\nK = 1\nk = 2\n", "f") == Settings{{"a", "K", "1"}, {"a", "k", "2"}});
  CHECK(parse_ini("[a]\nk = gr\xc3\xbc\xc3\x9f\n", "f") ==
        Settings{{"a", "k", "gr\xc3\xbc\xc3\x9f"}});
}

TEST_CASE("a byte order mark of UTF-8 is passed over and one of UTF-16 named") {
  const std::string mark = "\xef\xbb\xbf";
  CHECK(parse_ini(mark + "[a]\nk = v\n", "f") == Settings{{"a", "k", "v"}});
  CHECK(parse_ini(mark + "; first\r\n[a]\r\nk = v\r\n", "f") == Settings{{"a", "k", "v"}});
  CHECK_THAT(error_of(mark), Catch::Contains("holds no setting"));
  CHECK_THAT(error_of("[a]\n" + mark + "k\n"), Catch::StartsWith("f.ini:2: [a] "));
  for (const std::string& other :
       {std::string("\xff\xfe[\0a\0", 6), std::string("\xfe\xff\0[\0a", 6)}) {
    CHECK(error_of(other) == "f.ini: begins with the byte order mark of UTF-16; allowed: UTF-8");
  }
}

TEST_CASE("an INI file without a setting is refused") {
  const auto text = GENERATE(as<std::string>(), "", "\n\n", "; only\n# comments\n", " \t");
  CHECK(error_of(text) == "f.ini: holds no setting; allowed: at least one [section] with a key");
}

TEST_CASE("each refused line is named with section, key, value and what is allowed") {
  using Case = std::pair<std::string, std::string>;
  const auto [text, message] = GENERATE(values<Case>({
      {"[a]\n[b]\nk = v\n", "f.ini:1: [a]: section without a key; allowed: at least one key"},
      {"[a]\nk = v\n[b]\n\n; x\n", "f.ini:3: [b]: section without a key; allowed: at least one"},
      {"k = v\n[a]\nk = v\n", "f.ini:1: k = v: key outside a section; allowed: keys below"},
      {"[a]\nk = v ; why\n", "f.ini:2: [a] k = v ; why: comment behind a value; allowed: comments"},
      {"[a]\nk = v\t# why\n", "f.ini:2: [a] k = v # why: comment behind a value"},
      {"[a]\nk = ; why\n", "f.ini:2: [a] k = ; why: comment behind a value"},
      {"[a]\nk =# why\n", "f.ini:2: [a] k =# why: comment behind a value"},
      {"[a]\nk = 1\n\nk = 2\n", "f.ini:4: [a] k = 2: duplicate key name; allowed: each section"},
      {"[a]\nk = 1\n[a]\nl = 2\n", "f.ini:3: [a]: duplicate section name; allowed: each section"},
      {"[8.14.3]\na = 1\n[8.14.3]\nb = 2\n", "f.ini:3: [8.14.3]: duplicate section name"},
      {"[a\nk = v\n", "f.ini:1: [a: no closing ]; allowed: [section], key = value"},
      {"[a] ; c\nk = v\n", "f.ini:1: [a] ; c: text behind ]; allowed: nothing behind"},
      {"[ ]\nk = v\n", "f.ini:1: [ ]: section without a name; allowed: [section]"},
      {"[a]\nk\n", "f.ini:2: [a] k: no = in the line; allowed: [section], key = value, or a"},
      {"[a]\n = v\n", "f.ini:2: [a] = v: no key before =; allowed: key = value"},
      {std::string("[a]\nk = v\0w\n", 11), "f.ini:2: [a]: control character in the line"},
      {"[a]\nk = v\x1b[m\n", "f.ini:2: [a]: control character in the line; allowed: printable"},
      {"[a]\nk = v\rl = w\n", "f.ini:2: [a]: control character in the line"},
      {"[a]\nk = v\tw\n", "f.ini:2: [a] k = v w: tab within a name or value; allowed: tabs around"},
      {"[a]\nk\tl = v\n", "f.ini:2: [a] k l = v: tab within a name or value"},
      {"[a\tb]\nk = v\n", "f.ini:1: [a b]: tab within a name or value"},
      {"[a]\n; \x7f\nk = v\n", "f.ini:2: [a]: control character in the line"},
  }));
  CAPTURE(text);
  CHECK_THAT(error_of(text), Catch::StartsWith(message));
}

TEST_CASE("a line too long to show is cut in the message") {
  CHECK_THAT(error_of("[a]\n" + std::string(1000, 'x')),
             Catch::StartsWith("f.ini:2: [a] " + std::string(200, 'x') + ": no = in the line"));
}

TEST_CASE("a file is read, or named with the reason why not") {
  const host_test::TemporaryDirectory directory;
  const auto file = directory.path() / "a.ini";
  host_test::write_file(file, "[a]\nk = v\n");
  CHECK(read_ini(file) == Settings{{"a", "k", "v"}});

  CHECK_THROWS_WITH(read_ini(directory.path() / "none.ini"),
                    (directory.path() / "none.ini").string() + ": No such file or directory");
  CHECK_THROWS_WITH(read_ini(directory.path()),
                    directory.path().string() + ": is not a regular file");
  host_test::write_file(file, std::string(dcc::host::kMaxIniSize + 1, '\n'));
  CHECK_THROWS_WITH(read_ini(file), file.string() + ": is larger than 1048576 octets");
  host_test::write_file(file, "k = v\n");
  CHECK_THROWS_WITH(read_ini(file), Catch::StartsWith(file.string() + ":1: k = v: key outside"));
}
