// SPDX-License-Identifier: Apache-2.0
//
// Where a reader of outcomes stands, and when a store cannot go on from there.
#include "adaptor/place.hpp"

#include "unit/store/fixture.hpp"

using namespace dcc::adaptor;
using Catch::Matchers::Contains;

namespace {

// A store of three outcomes of which the first two were archived.
class EndsAtThree final : public dcc::adaptor::Store, public dcc::adaptor::Chain {
 public:
  using Which = dcc::adaptor::Chain::Which;
  std::unique_ptr<StoreReader> reader() override { return nullptr; }
  std::unique_ptr<StoreWriter> writer(std::size_t) override { return nullptr; }
  std::vector<dcc::adaptor::Chain*> chains() override { return {this}; }
  std::vector<StoredOutcome> outcomes(Which, std::int64_t, std::size_t, bool) override {
    return {};
  }
  AuditHead audit_head() override { return {3, std::string(32, 'h'), {}}; }
  AuditStart audit_start() override { return {2, std::string(32, 's'), {}, 0}; }
  StoreIdentity identity() override { return {std::string(16, 'A'), 5}; }
};

const std::string kId = "41414141414141414141414141414141";

}  // namespace

TEST_CASE("a place is written and read as one text, a cursor alone as ever") {
  for (const std::string& text :
       std::vector<std::string>{kId + ".5.3", kId + ".0.9223372036854775807", std::string("0"),
                                std::string("9223372036854775807")}) {
    CAPTURE(text);
    const auto place = Place::parse(text);
    REQUIRE(place);
    CHECK(place->text() == text);
    CHECK(place->store.has_value() == (text.find('.') != std::string::npos));
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
