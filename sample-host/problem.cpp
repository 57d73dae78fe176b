// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>

#include "pipeline.hpp"

namespace sample {

Answer problem(unsigned status, std::string_view title, std::string_view detail) {
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
  return {status, "application/problem+json", boost::json::serialize(body), status == 503};
}

}  // namespace sample
