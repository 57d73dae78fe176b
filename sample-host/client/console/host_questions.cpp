// SPDX-License-Identifier: Apache-2.0
#include "client/console/host_questions.hpp"

#include <stdexcept>
#include <string_view>

#include "json/json_text.hpp"

namespace sample::console {
namespace {

namespace json = boost::json;

std::string text(const json::object& answer, std::string_view name) {
  const json::value* const value = answer.if_contains({name.data(), name.size()});
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

// As over HTTP.
std::string code_of(const json::object& answer) {
  const std::string outcome = text(answer, "outcome");
  if (outcome == "answered") return text(answer, "code");
  if (outcome == "not_valid") return "400";
  if (outcome == "no_handler") return "501";
  if (outcome == "unavailable") return "503";
  return outcome == "asks" ? "asks" : "500";
}

std::string handler_of(const json::object& answer) {
  std::string name;
  if (!answer.contains("plugin")) return name;
  for (const char* part : {"plugin", "version", "build", "settings"})
    name.append(name.empty() ? "" : " ").append(text(answer, part));
  return name;
}

}  // namespace

json::object told(AdminClient& admin, const std::string& target) {
  AdminAnswer answer = admin.ask("GET", target);
  if (answer.status == 200) return std::move(answer.body);
  const std::string detail = text(answer.body, "detail");
  throw std::runtime_error("the host answers GET " + target + " with HTTP " +
                           std::to_string(answer.status) + (detail.empty() ? "" : ": " + detail));
}

Trial trial_of(const json::object& answer) {
  return {code_of(answer), text(answer, "reason"), handler_of(answer)};
}

Trial try_out(AdminClient& admin, const json::object& message) {
  const AdminAnswer answer = admin.ask("POST", "/try", dcc::json_text(message));
  if (answer.status != 200)
    throw std::runtime_error("the host tries nothing: " + text(answer.body, "detail"));
  return trial_of(answer.body);
}

}  // namespace sample::console
