// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>

#include "services/pipeline.hpp"

namespace sample {
namespace {

std::string problem_detail(unsigned status, std::string_view title, std::string_view detail) {
  // A detail may quote the message: bounded here, between two characters, and escaped below.
  constexpr std::size_t kMaxDetail = 500;
  if (detail.size() > kMaxDetail) {
    std::size_t end = kMaxDetail;
    while (end > 0 && (static_cast<unsigned char>(detail[end]) & 0xC0U) == 0x80U) --end;
    detail = detail.substr(0, end);
  }
  const boost::json::object body{
      {"type", "about:blank"},
      {"title", boost::json::string_view(title.data(), title.size())},
      {"status", status},
      {"detail", boost::json::string_view(detail.data(), detail.size())}};
  return boost::json::serialize(body);
}

}  // namespace

Answer problem(unsigned status, std::string_view title, std::string_view detail) noexcept {
  Answer answer{status, {}, {}, status == 503};
  try {
    answer.content_type = "application/problem+json";
    answer.body = problem_detail(status, title, detail);
  } catch (const std::exception&) {
    // Without memory the status must do.
  }
  return answer;
}

}  // namespace sample
