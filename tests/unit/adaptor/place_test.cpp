// SPDX-License-Identifier: Apache-2.0
//
// Where a reader of outcomes stands, and when a store cannot go on from there.
#include "adaptor/place.hpp"

#include "support/empty_store.hpp"
#include "unit/store/fixture.hpp"

using namespace dcc::adaptor;
using Catch::Matchers::Contains;

namespace {

// A store of three outcomes of which the first two were archived.
class EndsAtThree final : public support::EmptyStore {
 public:
  AuditHead audit_head() override { return {3, std::string(32, 'h'), {}}; }
  AuditStart audit_start() override { return {2, std::string(32, 's'), {}, 0}; }
  StoreIdentity identity() override { return {std::string(16, 'A'), 5}; }
};

// Chains of two hosts, whose outcomes were decided in turns of two.
class TwoChains final : public Store {
 public:
  TwoChains() {
    for (std::int64_t i = 1; i <= 7; ++i) a_.add(i, 10 * ((i + 1) / 2));
    for (std::int64_t i = 1; i <= 5; ++i) b_.add(i, 10 * ((i + 1) / 2) + 5);
  }
  std::unique_ptr<StoreReader> reader() override { return nullptr; }
  std::unique_ptr<StoreWriter> writer(std::size_t) override { return nullptr; }
  std::vector<Chain*> chains() override { return {&a_, &b_}; }
  void archive(std::int64_t of_a, std::int64_t of_b) {
    a_.archived = of_a;
    b_.archived = of_b;
  }

 private:
  class Listed final : public Chain {
   public:
    explicit Listed(std::string name) : name_(std::move(name)) {}
    void add(std::int64_t cursor, std::int64_t decided_at) {
      StoredOutcome stored;
      stored.chain = name_;
      stored.cursor = cursor;
      stored.outcome.decided_at = decided_at;
      all_.push_back(stored);
    }
    std::string name() const override { return name_; }
    std::vector<StoredOutcome> outcomes(Which, std::int64_t cursor, std::size_t limit,
                                        bool) override {
      std::vector<StoredOutcome> page;
      for (const StoredOutcome& one : all_)
        if (one.cursor > cursor && page.size() < limit) page.push_back(one);
      return page;
    }
    AuditHead audit_head() override { return {all_.back().cursor, std::string(32, 'h'), {}}; }
    AuditStart audit_start() override { return {archived, std::string(32, 's'), {}, 0}; }

    std::int64_t archived = 0;

   private:
    const std::string name_;
    std::vector<StoredOutcome> all_;
  };

  Listed a_{"a.0"}, b_{"b.0"};
};

std::string read_all(Store& store, std::size_t limit) {
  std::string all;
  for (Cursors after;;) {
    const auto page = read_on(store, Store::Which::all, after, limit);
    for (const auto& one : page) all += one.chain.substr(0, 1) + std::to_string(one.cursor) + ' ';
    if (page.size() < limit) return all + after.text();
  }
}

const std::string kId = "41414141414141414141414141414141";

}  // namespace

TEST_CASE("a place is written and read as one text, a cursor alone as ever") {
  for (const std::string& text :
       std::vector<std::string>{kId + ".5.3", kId + ".0.9223372036854775807", std::string("0"),
                                kId + ".5.a.0:3,b.1:4", std::string("9223372036854775807")}) {
    CAPTURE(text);
    const auto place = Place::parse(text);
    REQUIRE(place);
    CHECK(place->text() == text);
    CHECK(place->store.has_value() == text.starts_with(kId));
  }
}

TEST_CASE("what is no place is not taken for one") {
  for (const std::string& text : std::vector<std::string>{
           std::string(), std::string("-1"), std::string("x"), std::string("1x"),
           std::string("1.2"), std::string("9223372036854775808"), kId, kId + ".5", kId + ".5.",
           kId + "..3", kId + ".-5.3", kId + ".5.-3", kId + ".5.3.1", "41." + kId + ".3",
           "x" + kId + ".5.3", kId.substr(2) + ".5.3"}) {
    CAPTURE(text);
    CHECK_FALSE(Place::parse(text));
  }
}

TEST_CASE("a store goes on from where it has outcomes, and says what else a reader is to do") {
  EndsAtThree store;
  const auto refused = [&](const std::string& text) {
    return refuse_place(store, Place::parse(text).value());
  };
  CHECK(refused("0").empty());
  CHECK(refused("2").empty());
  CHECK(refused("3").empty());
  CHECK(refused(kId + ".5.3").empty());
  CHECK_THAT(refused("4"), Contains("past the end, 3") && Contains("after=0"));
  CHECK_THAT(refused(kId + ".5.4"), Contains("past the end"));
  CHECK_THAT(refused(kId + ".4.3"),
             Contains("epoch 4") && Contains("epoch 5") && Contains("as a number alone"));
  CHECK_THAT(refused("42" + kId.substr(2) + ".5.3"), Contains("another store's"));
  CHECK_THAT(refused("1"), Contains("up to 2 were archived") && Contains("after=2"));
}

TEST_CASE("pages over several chains have every outcome once, about as they were decided") {
  for (const std::size_t limit : {1U, 2U, 3U, 5U, 100U}) {
    CAPTURE(limit);
    TwoChains store;
    CHECK(read_all(store, limit) == "a1 a2 b1 b2 a3 a4 b3 b4 a5 a6 b5 a7 a.0:7,b.0:5");
  }
}

TEST_CASE("a place in several chains is refused by the name of the chain") {
  TwoChains store;
  const auto refused = [&](const std::string& text) {
    return refuse_place(store, Place::parse(text).value());
  };
  CHECK(refused("0").empty());
  CHECK(refused("a.0:7").empty());
  CHECK(refused("a.0:7,b.0:5").empty());
  CHECK_THAT(refused("a.0:8,b.0:5"), Contains("of chain a.0 is past the end, 7"));
  CHECK_THAT(refused("c.0:1"), Contains("no chain c.0"));
  CHECK_THAT(refused("3"), Contains("no chain that a number alone could mean"));
}

TEST_CASE("who has read some chains is told what was archived of any of them") {
  TwoChains store;
  store.archive(3, 2);
  const auto refused = [&](const std::string& text) {
    return refuse_place(store, Place::parse(text).value());
  };
  CHECK(beginning(store).text() == "a.0:3,b.0:2");
  CHECK(refused("0").empty());
  CHECK(refused("a.0:3,b.0:2").empty());
  CHECK_THAT(refused("a.0:2,b.0:4"), Contains("outcomes of chain a.0 up to 3 were archived") &&
                                         Contains("go on with after=a.0:3,b.0:4"));
  // When it was read, b.0 had no outcomes.
  CHECK_THAT(refused("a.0:5"), Contains("outcomes of chain b.0 up to 2 were archived") &&
                                   Contains("go on with after=a.0:5,b.0:2"));
  CHECK_THAT(refused("b.0:1"), Contains("chain a.0 up to 3") && Contains("chain b.0 up to 2") &&
                                   Contains("after=a.0:3,b.0:2"));
}
