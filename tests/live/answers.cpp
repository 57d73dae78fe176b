// SPDX-License-Identifier: Apache-2.0
#include "answers.hpp"

#include <string_view>

#include "support/host_fixture.hpp"

namespace live {
namespace {

std::string sna_for(const char* status) {
  std::string text = support::ch_returns_settings();
  for (int i = 0; i < 2; ++i)
    text = support::edited(text, "SNA = Pending", std::string("SNA = ") + status);
  return text;
}

}  // namespace

std::string settings_text(State::Settings settings) {
  switch (settings) {
    case State::Settings::shipped:
      break;
    case State::Settings::sna_off:
      return sna_for("none");
    case State::Settings::commissioned:
      return support::edited(sna_for("Commissioned"), "status_code = E5", "status_code = E54");
  }
  return support::ch_returns_settings();
}

const std::vector<Sort>& sorts() {
  static const std::vector<Sort> all = {
      {"sna", "8.14.3", "Pending"},      {"sna", "8.14.4", "Commissioned"},
      {"sna", "8.14.3", "Commissioned"}, {"eis", "8.14.4", "Pending"},
      {"sna", "8.14.4", "Pending"},
  };
  return all;
}

std::string expected(const State& state, const Sort& sort) {
  if (!state.plugin) return "501";
  if (std::string_view(sort.user) == "eis") return "I99";
  const bool pending = std::string_view(sort.status) == "Pending";
  switch (state.settings) {
    case State::Settings::shipped:
      return pending ? "I99" : "E5";
    case State::Settings::sna_off:
      return "E2";
    case State::Settings::commissioned:
      break;
  }
  return pending ? "E54" : "I99";
}

}  // namespace live
