// SPDX-License-Identifier: Apache-2.0
// Every member of a good message, at every depth: of every wrong type, doubled, missing, unknown.
// The variants are made from the message, so that a member that comes later is tried, too.
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

#include "api.hpp"
#include "golden.hpp"

using namespace foreign_test;
namespace json = boost::json;

namespace {

// Has every member there is.
constexpr const char* kGood = R"({
  "srv": "8.14.3", "service_reference": "8.14", "command_variant": 8, "endpoint": "serviceD",
  "originator": "90-B3-D5-1F-30-01-00-00", "target": "90-B3-D5-1F-30-00-00-02", "counter": "17",
  "body_element": "CHFFaultReturn",
  "items": [["DeviceID", "00-DB-12-34-56-78-90-01"],
            ["CHFFaultReturnType", "Fault identified prior to installation"]],
  "canonical": "<x/>", "received_at": 1767225601000, "deadline": 1767225603000,
  "user": {"role": "SNA", "status": "Active", "revision": 2},
  "devices": {"00-DB-12-34-56-78-90-01": {"type": "CHF", "status": "Pending", "revision": 7}},
  "acts": [{"agent": "90-B3-D5-1F-30-01-00-00", "device": "00-DB-12-34-56-78-90-01",
            "at": 1767225600000, "holds": true, "revision": 3}],
  "facts": [{"kind": "com.example.tariff", "key": "k", "values": {"name": "value"},
             "revision": 9}],
  "unavailable": "the rest"})";

// May be left out; whoever reads it may be told less, and must say so.
const std::vector<std::string> kOptional = {
    "endpoint", "canonical", "user", "devices", "acts", "facts", "unavailable", "acts[0].device"};
// null is a value of theirs.
const std::vector<std::string> kNullable = {"user", "devices.00-DB-12-34-56-78-90-01",
                                            "facts[0].values"};
// Their members have free names.
const std::vector<std::string> kFree = {"devices", "facts[0].values"};

bool is_in(const std::vector<std::string>& list, const std::string& path) {
  return std::find(list.begin(), list.end(), path) != list.end();
}

struct Variant {
  std::string path;  // of what was changed
  std::string what;
  std::string text;
  bool is_good = false;
};

const std::vector<json::value>& values_of_all_types() {
  static const std::vector<json::value> all = {nullptr,
                                               true,
                                               7,
                                               -7,
                                               1.5,
                                               "sevenfold",
                                               json::array{},
                                               json::object{},
                                               1e300,
                                               std::uint64_t{18446744073709551615U}};
  return all;
}

class Variants {
 public:
  std::vector<Variant> all() {
    visit(good_, "");
    return std::move(all_);
  }

 private:
  // `value` is a part of good_, which is what it was when this returns.
  void visit(json::value& value, const std::string& path) {
    if (!path.empty()) retype(value, path);
    if (value.is_array()) {
      for (std::size_t i = 0; i < value.as_array().size(); ++i) {
        visit(value.as_array()[i], path + '[' + std::to_string(i) + ']');
      }
    }
    if (!value.is_object()) return;
    const json::object before = value.as_object();
    for (const auto& member : before) {
      const std::string name(member.key());
      const std::string inner = path.empty() ? name : path + '.' + name;
      visit(value.as_object().at(name), inner);
      value.as_object().erase(name);
      add(inner, "missing", is_in(kOptional, inner) || is_in(kFree, path));
      value = before;
      double_it(value, before, name, inner);
      if (!is_in(kFree, path)) {
        value.as_object()[name + "x"] = member.value();
        add(inner + 'x', "unknown", false);
        value = before;
      }
    }
  }

  void retype(json::value& value, const std::string& path) {
    const json::value before = value;
    for (const json::value& other : values_of_all_types()) {
      const bool is_number = before.is_int64();
      if (other.kind() == before.kind() && !(is_number && other == json::value(-7))) continue;
      value = other;
      add(path, "as " + json::serialize(other), other.is_null() && is_in(kNullable, path));
    }
    value = before;
  }

  // boost::json cannot say a member twice: the name is made another, and then the same, in text.
  void double_it(json::value& value, const json::object& before, const std::string& name,
                 const std::string& path) {
    const std::string twin(name.size(), '#');
    value.as_object()[twin] = before.at(name);
    std::string text = json::serialize(good_);
    text.replace(text.find(twin), twin.size(), name);
    all_.push_back({path, "doubled", text});
    value = before;
  }

  void add(const std::string& path, const std::string& what, bool is_good) {
    all_.push_back({path, what, json::serialize(good_), is_good});
  }

  json::value good_ = json::parse(kGood);
  std::vector<Variant> all_;
};

}  // namespace

TEST_CASE("a message is understood as a whole or not at all, and its error names the member") {
  const Running running;
  const Library& library = *running.library;
  REQUIRE(text_of(json::parse(library.decide(kGood).text).at("code")) == "I99");
  const auto variants = Variants().all();
  CHECK(variants.size() > 350);
  for (const Variant& variant : variants) {
    CAPTURE(variant.path, variant.what, variant.text);
    const Result result = library.decide(variant.text);
    CAPTURE(result.text);
    if (variant.is_good) {
      CHECK(result.status > 0);
    } else {
      CHECK(result.status == -DCC_INVALID);
      // Its own path, or, of a part of an item or a name, the beginning of it.
      CHECK(result.text.rfind(variant.path + ": ", 0) == 0);
    }
  }
}

TEST_CASE("options are read as strictly") {
  const World world;
  const auto refusal = [&](const std::string& options) {
    std::string error(500, 'x');
    dcch* const made = Api::get().make(options.data(), options.size(), error.data(), error.size());
    Api::get().free(made);
    return made != nullptr ? "made" : std::string(error.c_str());
  };
  CHECK(refusal(world.options()) == "made");
  CHECK(refusal(world.options(R"(, "probe_ms": 5, "name": "n", "version": "1", "watch": true)")) ==
        "made");
  struct Case {
    std::string options, error;
  };
  std::string relative = world.options();
  relative.replace(relative.find("/"), 1, "");
  const std::vector<Case> cases = {
      {"", "ends too early"},
      {"[]", "[]: expected an object"},
      {"{}", "plugins: expected to be there"},
      {relative, "expected an absolute path"},
      {world.options(R"(, "plugin": "x")"), "plugin: \"x\": expected no such member, only plugins"},
      {world.options(R"(, "watch": 1)"), "watch: 1: expected true or false"},
      {world.options(R"(, "watch": true, "watch": true)"), "watch: true: expected to stand there"},
      {world.options(R"(, "probe_ms": 0)"), "probe_ms: 0: expected an integer from 1"},
      {world.options(R"(, "name": "")"), "name: \"\": expected 1 to 64 octets"},
      {R"({"plugins": "/nowhere", "settings": "/", "cache": "/c", "probe": "/p"})", "/nowhere: "},
      {R"({"plugins": "/", "settings": "/", "cache": "/c", "probe": "/nowhere"})", "/nowhere: "},
  };
  for (const Case& each : cases) {
    CAPTURE(each.options);
    CHECK_THAT(refusal(each.options), Catch::Contains(each.error));
  }
  std::string kinds = world.options();
  kinds.replace(kinds.find("com.example"), 11, "dcc");
  CHECK_THAT(refusal(kinds), Catch::Contains("fact_kinds[0]: \"dcc.tariff\": expected a kind of"));
}
