// SPDX-License-Identifier: Apache-2.0
//
// A month's file over several frames of zstd: read as a whole, looked into, and damaged.
#include "archive/record_file.hpp"

#include "adaptor/outcome_json.hpp"
#include "unit/store/fixture.hpp"

using namespace sample;
using Catch::Matchers::Contains;

namespace {

constexpr std::int64_t kFirst = 41;
constexpr std::int64_t kRecords = 2500;  // three frames

StoredOutcome record(std::int64_t cursor) {
  StoredOutcome stored;
  stored.cursor = cursor;
  stored.hash = std::string(32, static_cast<char>(cursor));
  Outcome& outcome = stored.outcome;
  outcome.request_id = {kAgent, kBroker, static_cast<std::uint64_t>(cursor)};
  outcome.digest = std::string(32, '\x01');
  outcome.code = "I99";
  outcome.response = "<response>" + std::to_string(cursor * cursor) + "</response>";
  if (cursor % 2 == 0) stored.basis = R"({"user":null,"devices":[],"relations":7})";
  return stored;
}

class RecordFile {
 public:
  RecordFile() {
    RecordWriter writer(file());
    for (std::int64_t i = 0; i < kRecords; ++i) {
      writer.add(dcc::adaptor::record_of(record(kFirst + i)));
    }
    writer.finish();
  }
  std::filesystem::path file() const { return directory_ / "2025-05.jsonl.zst"; }
  std::string octets() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& text) const { directory_.write("2025-05.jsonl.zst", text); }

 private:
  TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE_METHOD(RecordFile, "records come back as they were written, those of old stores too") {
  RecordReader reader(file());
  std::int64_t cursor = kFirst;
  while (const auto read = reader.next()) {
    CAPTURE(cursor);
    const StoredOutcome expected = record(cursor++);
    REQUIRE(dcc::adaptor::record_to_json(dcc::adaptor::record_of(*read)) ==
            dcc::adaptor::record_to_json(dcc::adaptor::record_of(expected)));
    REQUIRE(read->basis == expected.basis);
  }
  CHECK(cursor == kFirst + kRecords);
}

TEST_CASE_METHOD(RecordFile, "one record is found wherever it lies, and none that is not there") {
  RecordReader reader(file());
  for (const std::int64_t at : {0, 1, 999, 1000, 1001, 1999, 2000, 2499, 7}) {
    CAPTURE(at);
    const auto found = reader.find(kFirst + at);
    REQUIRE(found);
    CHECK(found->outcome.response == record(kFirst + at).outcome.response);
  }
  CHECK_FALSE(reader.find(kFirst - 1));
  CHECK_FALSE(reader.find(kFirst + kRecords));
}

TEST_CASE_METHOD(RecordFile, "damage is named with the file and the record before it") {
  const auto read_all = [&] {
    RecordReader reader(file());
    while (reader.next()) {
    }
  };
  const std::string whole = octets();
  SECTION("cut off") {
    write(whole.substr(0, whole.size() - 1));
    CHECK_THROWS_WITH(read_all(), Contains(file().string()) && Contains("after record 2040"));
  }
  SECTION("a bit in the last frame") {
    std::string changed = whole;
    changed[changed.size() - 200] = static_cast<char>(changed[changed.size() - 200] ^ 4);
    write(changed);
    CHECK_THROWS_WITH(read_all(), Contains(file().string()) && Contains("after record 2040"));
  }
  SECTION("something else") {
    write("no zstd at all");
    CHECK_THROWS_WITH(read_all(), Contains(file().string()) && Contains("no frame of zstd"));
  }
  SECTION("nothing") {
    write("");
    CHECK_NOTHROW(read_all());
    CHECK_FALSE(RecordReader(file()).find(kFirst));
  }
}

// Some bits of a frame's head mean nothing; that the file is another one the manifest's hash says.
TEST_CASE_METHOD(RecordFile, "an octet that is another changes no record unnoticed") {
  const std::string whole = octets();
  std::size_t noticed = 0, tried = 0;
  for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 97) {
    CAPTURE(at);
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    write(changed);
    ++tried;
    std::int64_t cursor = kFirst;
    try {
      RecordReader reader(file());
      for (auto one = reader.next(); one; one = reader.next(), ++cursor) {
        if (one->outcome.response != record(cursor).outcome.response) FAIL("another record");
      }
      CHECK(cursor == kFirst + kRecords);
    } catch (const ArchiveError&) {
      ++noticed;
    }
  }
  CHECK(noticed + 3 >= tried);
}
