// SPDX-License-Identifier: Apache-2.0
#include "http/refusal.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <string>

#include "http/body.hpp"

namespace sample {

namespace http = boost::beast::http;

std::optional<Answer> refuse_framing(const RequestHead& head, bool chunked) {
  const auto hosts = head.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && head.version() == 11)) {
    return problem(400, "Bad Request", "expected exactly one Host field");
  }
  const bool encoded = head.count(http::field::transfer_encoding) > 0;
  if (encoded &&
      !(chunked && boost::beast::iequals(head[http::field::transfer_encoding], "chunked"))) {
    return problem(400, "Bad Request", "the only Transfer-Encoding understood is chunked");
  }
  return std::nullopt;
}

std::optional<Answer> refuse_unreadable(boost::system::error_code error, const HttpLimits& limits) {
  if (error == http::error::end_of_stream) return std::nullopt;
  if (error == BudgetedBody::kOverBudget) return overloaded();
  if (error == http::error::body_limit) {
    return problem(413, "Content Too Large", "the request is larger than this host accepts");
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return problem(431, "Request Header Fields Too Large",
                   "the head is larger than " + std::to_string(limits.max_head) + " octets");
  }
  if (error.category() == http::make_error_code(http::error::end_of_stream).category()) {
    return problem(400, "Bad Request", "not a well-formed HTTP/1.1 request");
  }
  return std::nullopt;
}

Answer overloaded() {
  return problem(503, "Service Unavailable", "overloaded");
}

}  // namespace sample
