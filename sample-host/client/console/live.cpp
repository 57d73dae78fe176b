// SPDX-License-Identifier: Apache-2.0
#include "client/console/live.hpp"

#include <array>
#include <chrono>
#include <string>
#include <thread>

#include "adaptor/place.hpp"
#include "client/console/host_questions.hpp"
#include "foreign/members.hpp"

namespace sample::console {

namespace json = boost::json;
using dcc::foreign::Path;

namespace {

// Short, so that a console that is told to end soon does.
constexpr std::chrono::seconds kPatience{2};
constexpr std::chrono::milliseconds kBetween{200};

}  // namespace

json::object live_outcomes(AdminClient& admin, const dcc::foreign::Json& json) {
  static constexpr auto kNames = std::to_array<std::string_view>({"after"});
  const Path top;
  const dcc::foreign::Members question(json, top, kNames);
  const std::string after(dcc::foreign::read_text(question, "after"));
  if (after.empty()) {
    const std::int64_t end = told(admin, "/audit").at("cursor").as_int64();
    return {{"outcomes", json::array()}, {"resume", std::to_string(end)}};
  }
  if (!dcc::adaptor::Place::parse(after))
    dcc::foreign::refuse(Path(top, "after"), after, "the \"resume\" of an answer");
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    json::object page = told(admin, "/outcomes?limit=1000&after=" + after);
    if (!page.at("outcomes").as_array().empty() || std::chrono::steady_clock::now() >= until)
      return {{"outcomes", std::move(page.at("outcomes"))},
              {"resume", std::move(page.at("resume"))}};
    std::this_thread::sleep_for(kBetween);
  }
}

}  // namespace sample::console
