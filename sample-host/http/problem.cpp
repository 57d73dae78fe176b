// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>

#include "host/one_line.hpp"
#include "http/answer.hpp"
#include "json/json_text.hpp"

namespace sample {
namespace {

std::string problem_detail(unsigned status, std::string_view title, std::string_view detail) {
  // A detail may quote the message.
  constexpr std::size_t kMaxDetail = 500;
  const boost::json::object body{{"type", "about:blank"},
                                 {"title", boost::json::string_view(title.data(), title.size())},
                                 {"status", status},
                                 {"detail", dcc::host::one_line(detail, kMaxDetail)}};
  return dcc::json_text(body);
}

}  // namespace

Answer problem(unsigned status, std::string_view title, std::string_view detail) noexcept {
  Answer answer{status, {}, {}, status == 429 || status == 503};
  try {
    answer.content_type = "application/problem+json";
    answer.body = problem_detail(status, title, detail);
    answer.reason = std::string(title).append(": ").append(detail);
  } catch (const std::exception&) {
    // Without memory the status must do.
  }
  return answer;
}

}  // namespace sample
