// SPDX-License-Identifier: Apache-2.0
#include "http/request_target.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/verb.hpp>
#include <string>

namespace sample {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Of a reg-name or an address (RFC 3986, 3.2.2).
bool is_host_character(char c) {
  constexpr std::string_view kMarks = "-._~!$&'()*+,;=%";
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kMarks.find(c) != std::string_view::npos;
}

// Takes "http://" or "https://" away; false: `target` begins with neither.
bool take_scheme(std::string_view& target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    const auto begin = target.substr(0, scheme.size());
    if (!beast::iequals({begin.data(), begin.size()}, {scheme.data(), scheme.size()})) continue;
    target.remove_prefix(scheme.size());
    return true;
  }
  return false;
}

Answer bad_target() {
  return problem(400, "Bad Request", "the request's target is neither a path nor a URL");
}

}  // namespace

std::optional<std::string_view> host_of(std::string_view authority) {
  const bool bracketed = authority.starts_with('[');
  const auto end = bracketed ? authority.find(']') : authority.find(':');
  if (bracketed && end == std::string_view::npos) return std::nullopt;
  const auto host = authority.substr(0, bracketed ? end + 1 : end);
  const auto within = bracketed ? host.substr(1, host.size() - 2) : host;
  const auto port = authority.substr(host.size());
  const bool valid =
      std::ranges::all_of(
          within, [&](char c) { return is_host_character(c) || (bracketed && c == ':'); }) &&
      (port.empty() || (port.front() == ':' && std::ranges::all_of(port.substr(1), is_digit)));
  return valid ? std::optional(host) : std::nullopt;
}

std::optional<Answer> to_origin_form(RequestHead& head) {
  std::string_view target{head.target().data(), head.target().size()};
  if (target.starts_with('/')) return std::nullopt;
  if (target == "*" && head.method() == http::verb::options) return std::nullopt;
  if (head.method() == http::verb::connect) return std::nullopt;  // authority-form: of no resource
  if (!take_scheme(target)) return bad_target();
  const auto path_begin = std::min(target.find_first_of("/?"), target.size());
  const std::string authority(target.substr(0, path_begin));
  const auto host = host_of(authority);
  if (!host || host->empty()) return bad_target();
  target.remove_prefix(path_begin);
  const std::string path = (target.starts_with('/') ? "" : "/") + std::string(target);
  head.set(http::field::host, authority);
  head.target(path);
  return std::nullopt;
}

}  // namespace sample
