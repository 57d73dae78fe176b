// SPDX-License-Identifier: Apache-2.0
#include "http/refusal.hpp"

#include <algorithm>
#include <boost/algorithm/string.hpp>
#include <boost/beast/http/error.hpp>
#include <string>
#include <vector>

#include "http/body.hpp"
#include "http/request_target.hpp"

namespace sample {

namespace http = boost::beast::http;

namespace {

// In the order in which they were applied, in lower case, of all lines of the field.
std::vector<std::string> transfer_codings(const RequestHead& head) {
  std::vector<std::string> codings;
  const auto [begin, end] = head.equal_range(http::field::transfer_encoding);
  for (auto line = begin; line != end; ++line) {
    std::vector<std::string> parts;
    boost::split(parts, line->value(), [](char c) { return c == ','; });
    for (std::string& part : parts) {
      boost::trim_if(part, [](char c) { return c == ' ' || c == '\t'; });
      if (!part.empty()) codings.push_back(boost::to_lower_copy(part));
    }
  }
  return codings;
}

}  // namespace

std::optional<Answer> refuse_framing(const RequestHead& head, bool chunked) {
  const auto hosts = head.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && head.version() == 11)) {
    return problem(400, "Bad Request", "expected exactly one Host field");
  }
  const auto host = head[http::field::host];
  if (!host_of({host.data(), host.size()})) {
    return problem(400, "Bad Request", "the Host field is not a host and a port");
  }
  if (head.count(http::field::transfer_encoding) == 0) return std::nullopt;
  // RFC 9112, 6.3: where chunked is not the last one, nobody can tell where the body ends; and 6.1:
  // it is applied once.
  const auto codings = transfer_codings(head);
  if (!chunked || codings.empty() || codings.back() != "chunked" ||
      std::ranges::count(codings, "chunked") != 1) {
    return problem(400, "Bad Request", "the last Transfer-Encoding must be chunked, and only that");
  }
  if (codings.size() > 1) {
    return problem(501, "Not Implemented", "the only Transfer-Encoding understood is chunked");
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

Answer too_slow(const HttpLimits& limits) {
  return problem(408, "Request Timeout",
                 "the request did not come within " +
                     std::to_string(limits.request_timeout.count()) + " ms of its first octet");
}

Answer overloaded() {
  return problem(503, "Service Unavailable", "overloaded");
}

}  // namespace sample
