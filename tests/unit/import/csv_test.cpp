// SPDX-License-Identifier: Apache-2.0
#include "import/csv.hpp"

#include "unit/store/fixture.hpp"

using namespace sample;

namespace {

using Lines = std::vector<std::string>;

// Each record as "LINE|field|field" or "LINE!fault".
Lines records(const std::string& content) {
  const TemporaryDirectory directory;
  CsvReader csv(directory.write("file.csv", content));
  Lines lines;
  while (const CsvReader::Record* record = csv.next()) {
    std::string line = std::to_string(record->line);
    if (!record->fault.empty()) line.append("!").append(record->fault);
    if (record->fault.empty()) {
      for (const std::string_view field : record->fields) line.append("|").append(field);
    }
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("CSV: lines and fields") {
  CHECK(records("") == Lines{});
  CHECK(records("a") == Lines{"1|a"});
  CHECK(records("a,b\nc,d\n") == Lines{"1|a|b", "2|c|d"});
  CHECK(records("a,b\nc,d") == Lines{"1|a|b", "2|c|d"});
  CHECK(records("a,b\r\nc,d\r\n") == Lines{"1|a|b", "2|c|d"});
  CHECK(records(",\n,,\n") == Lines{"1||", "2|||"});
  CHECK(records(" a , b \n") == Lines{"1| a | b "});
}

TEST_CASE("CSV: blank lines are passed over and counted") {
  const std::string blank = GENERATE(values<std::string>({"", " ", "\t", " \t  "}));
  const std::string end = GENERATE(values<std::string>({"\n", "\r\n"}));
  CHECK(records(blank + end) == Lines{});
  CHECK(records("a,b" + end + blank + end) == Lines{"1|a|b"});
  CHECK(records("a,b" + end + blank) == Lines{"1|a|b"});
  CHECK(records("a,b" + end + blank + end + blank + end) == Lines{"1|a|b"});
  CHECK(records(blank + end + "a" + end + blank + end + "b" + end) == Lines{"2|a", "4|b"});
  CHECK(records("\xEF\xBB\xBF" + blank + end + "a" + end) == Lines{"2|a"});
  CHECK(records("\"a" + end + blank + end + "b\"" + end) == Lines{"1|a\n" + blank + "\nb"});
  CHECK(records("\"\"" + end) == Lines{"1|"});
}

TEST_CASE("CSV: a byte order mark is skipped at the beginning only") {
  CHECK(records("\xEF\xBB\xBF"
                "a,b\n") == Lines{"1|a|b"});
  CHECK(records("\xEF\xBB\xBF\"a\",b\n") == Lines{"1|a|b"});
  CHECK(records("a\n\xEF\xBB\xBF"
                "b\n") == Lines{"1|a",
                                "2|\xEF\xBB\xBF"
                                "b"});
}

TEST_CASE("CSV: UTF-16, as spreadsheets write it, is named") {
  const std::string little(
      "\xFF\xFE"
      "a\0\n\0",
      6),
      big("\xFE\xFF\0a\0\n", 6);
  for (const auto& text : {little, big}) {
    const auto lines = records(text);
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines[0], Catch::Matchers::Contains("UTF-16; expected UTF-8"));
  }
}

TEST_CASE("CSV: quotes") {
  CHECK(records("\"a\",\"b\"\n") == Lines{"1|a|b"});
  CHECK(records("\"a,b\",c\r\n") == Lines{"1|a,b|c"});
  CHECK(records("\"\",x\n") == Lines{"1||x"});
  CHECK(records("x,\"\"") == Lines{"1|x|"});
  CHECK(records("\"\",\n") == Lines{"1||"});
  CHECK(records("\"say \"\"a\"\"\"\n") == Lines{"1|say \"a\""});
  CHECK(records("\"\"\"\"\n") == Lines{"1|\""});
  CHECK(records("\"two\nlines\",x\nnext\n") == Lines{"1|two\nlines|x", "3|next"});
  CHECK(records("\"two\r\n\r\nlines\"\r\nnext\n") == Lines{"1|two\n\nlines", "4|next"});
}

TEST_CASE("CSV: what is none") {
  const std::string inside = "!a quote inside a field that does not begin with one";
  const std::string behind = "!text after a closing quote";
  const std::string no_end = "!a quoted field does not end";
  CHECK(records("a\"b\nc\n") == Lines{"1" + inside, "2|c"});
  CHECK(records("x,a\"\nc\n") == Lines{"1" + inside, "2|c"});
  CHECK(records("\"a\"b,c\nd\n") == Lines{"1" + behind, "2|d"});
  CHECK(records("\"a\"\"\n") == Lines{"1" + no_end});
  CHECK(records("a\n\"b\nc\n") == Lines{"1|a", "2" + no_end});
  CHECK(records("\"") == Lines{"1" + no_end});
}

TEST_CASE("CSV: a line has a longest length") {
  const std::string longest(CsvReader::kLongest, 'x');
  CHECK(records(longest + "\ny\n") == Lines{"1|" + longest, "2|y"});
  CHECK(records(longest) == Lines{"1|" + longest});
  CHECK(records("a\n" + longest + "x\ny\n") ==
        Lines{"1|a", "2!the line is longer than 65,535 octets"});
}

TEST_CASE("CSV: a forgotten quote does not swallow a large file") {
  std::string content = "\"a\n";
  for (int i = 0; i < 100'000; ++i) content += "b,c\n";
  CHECK(records(content) == Lines{"1!a quoted field does not end"});
}

TEST_CASE("CSV: a file that cannot be read is named") {
  const TemporaryDirectory directory;
  const auto absent = directory / "absent.csv";
  CHECK_THROWS_WITH(CsvReader(absent),
                    Catch::Contains(absent.string()) && Catch::Contains("No such file"));
  const auto read_directory = [&] { CsvReader(directory / ".").next(); };
  CHECK_THROWS_WITH(read_directory(), Catch::Contains("cannot be read"));
}
