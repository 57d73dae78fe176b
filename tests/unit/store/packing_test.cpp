// SPDX-License-Identifier: Apache-2.0
//
// What is packed comes back octet for octet, is small, and if damaged is refused.
#include "store/packing/packing.hpp"

#include <zdict.h>

#include "fixture.hpp"
#include "store/sqlite/sqlite.hpp"

using namespace sample;
using Catch::Matchers::Contains;

namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Texts {
  std::string items, facts, request, response;

  Content content() const { return {items, facts, request, response}; }
  bool operator==(const Texts&) const = default;
};

Texts texts(const Content& content) {
  return {std::string(content.items), std::string(content.facts), std::string(content.request),
          std::string(content.response)};
}

// The committed messages of each code and SRV, with facts as the host asks for them.
std::vector<Texts> reference_outcomes() {
  std::vector<Texts> all;
  for (const char* srv : {"8.14.3", "8.14.4"}) {
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path(DCC_SOURCE_DIR) / "tests/rtds" / srv)) {
      const std::string request = entry.path().string();
      constexpr std::string_view kRequest = ".request.xml";
      if (!request.ends_with(kRequest)) continue;
      const std::string name = request.substr(0, request.size() - kRequest.size());
      all.push_back({R"([["DeviceID","00-DB-12-34-56-78-90-01"]])",
                     R"([{"kind":"dcc.device","key":"00-DB-12-34-56-78-90-01","values":null,)"
                     R"("revision":0,"used":true}])",
                     text_of(request), text_of(name + ".response.xml")});
    }
  }
  REQUIRE(all.size() > 10);
  return all;
}

}  // namespace

TEST_CASE("An outcome that is packed comes back octet for octet") {
  Packing writer, reader;
  const std::string large(3U << 20U, 'x');
  for (const Texts& one :
       {Texts{}, Texts{"[]", "[]", "<request/>", ""}, Texts{"", "", "", "<response/>"},
        Texts{"[]", "{}", std::string("\0\xff\x28\xb5\x2f\xfd", 6), random_octets(5000)},
        Texts{large, "[]", random_octets(3U << 20U), large}, Texts{"[]", "[]", "after", "it"}}) {
    CHECK(texts(reader.unpack(writer.pack(one.content()))) == one);
  }
}

TEST_CASE("The messages of each code and SRV take less than a third when they are packed") {
  Packing packing;
  for (const Texts& one : reference_outcomes()) {
    const std::string packed(packing.pack(one.content()));
    CHECK(3 * packed.size() < one.request.size() + one.response.size());
    CHECK(texts(packing.unpack(packed)) == one);
  }
}

TEST_CASE("A packed outcome that is damaged is refused, or is what it was") {
  Packing packing;
  const auto outcomes = reference_outcomes();
  std::size_t refused = 0, tried = 0;
  const auto unpack = [&](const std::string& damaged, const Texts& whole) {
    ++tried;
    try {
      if (texts(packing.unpack(damaged)) != whole) FAIL("it is another one");
    } catch (const UnreadableContent& error) {
      ++refused;
      if (std::string(error.what()).find("its ") != 0) FAIL(error.what());
    }
  };
  for (std::size_t i = 0; i < outcomes.size(); i += 5) {
    const std::string packed(packing.pack(outcomes[i].content()));
    for (std::size_t at = 0; at < packed.size(); ++at) {
      unpack(packed.substr(0, at), outcomes[i]);
      for (int bit = 0; bit < 8; ++bit) {
        std::string damaged = packed;
        damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
        unpack(damaged, outcomes[i]);
      }
      std::string damaged = packed;
      damaged.replace(at, 8, random_octets(8));
      unpack(damaged, outcomes[i]);
    }
    unpack(packed + '\0', outcomes[i]);
    unpack(packed + packed, outcomes[i]);
    CHECK(texts(packing.unpack(packed)) == outcomes[i]);
  }
  unpack(random_octets(1000), {});
  CHECK(refused > tried * 99 / 100);
}

TEST_CASE("What is packed says its dictionary, and one of a newer program is named") {
  Packing packing;
  std::string packed(packing.pack({"[]", "[]", "<request/>", "<response/>"}));
  // Magic and descriptor, then the dictionary's id: RFC 8878, section 3.1.1.1.
  const auto id = dictionary_id(static_cast<std::uint32_t>(dictionaries().size()));
  CHECK(static_cast<unsigned char>(packed.at(5)) == (id & 0xff));
  CHECK(static_cast<unsigned char>(packed.at(6)) == id >> 8);
  packed[5] = '\xff';
  CHECK_THROWS_WITH(packing.unpack(packed),
                    Contains("dictionary 56575") && Contains("a newer one wrote it"));
  // A frame as the program zstd writes it.
  CHECK_THROWS_WITH(packing.unpack(std::string("\x28\xb5\x2f\xfd\x20\x01\x09\x00\x00x", 10)),
                    Contains("damaged: no frame of zstd with a dictionary"));
}

TEST_CASE("A damaged size takes no memory") {
  Packing packing;
  std::string packed(packing.pack({"[]", "[]", std::string(100'000, 'x'), ""}));
  // The content's size, of four octets here, stands behind the dictionary's id.
  for (std::size_t at = 7; at < 11; ++at) packed[at] = '\x1f';
  CHECK_THROWS_WITH(packing.unpack(packed), Contains("damaged: it is too large"));
}

TEST_CASE("Every dictionary has the number of its place, and all that it packed can be read") {
  std::uint32_t version = 0;
  for (const std::string_view dictionary : dictionaries())
    CHECK(ZDICT_getDictID(dictionary.data(), dictionary.size()) == dictionary_id(++version));
  // Packed by the first program that did.
  CHECK(version >= 1);
}

TEST_CASE_METHOD(StoreFixture, "An outcome whose content is damaged is named, also by a repeat") {
  fill();
  for (std::uint64_t counter = 1; counter <= 3; ++counter)
    REQUIRE(commit(outcome(counter)) == CommitResult::committed);
  {
    sqlite::Connection db(file(), std::chrono::seconds(1));
    db.execute("UPDATE outcomes SET packed = substr(packed, 1, 40) WHERE cursor = 2");
  }
  const std::string named = "store " + file().string() +
                            ": outcome 2 cannot be read: its packed "
                            "content is damaged";
  CHECK_THROWS_AS(outcomes(), dcc::adaptor::UnreadableOutcome);
  CHECK_THROWS_WITH(outcomes(), Contains(named));
  CHECK_THROWS_AS(reader->replay({kAgent, kBroker, 2}), dcc::adaptor::UnreadableOutcome);
  CHECK_THROWS_WITH(reader->replay({kAgent, kBroker, 2}), Contains(named));
  CHECK(reader->replay({kAgent, kBroker, 3})->response == "<response/>3");
  CHECK(store->outcomes(Store::Which::all, 2, 10, true).size() == 1);
}
