// SPDX-License-Identifier: Apache-2.0
#include "http/listen_address.hpp"

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <system_error>

#include "host/unix_listener.hpp"

namespace sample {
namespace {

constexpr std::string_view kUnix = "unix:";

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

std::optional<ListenAddress> parse_socket(std::string_view path) {
  if (path.empty() || path.ends_with('/') || path.size() > dcc::host::kMaxSocketPath)
    return std::nullopt;
  ListenAddress listen;
  listen.socket = path;
  return listen;
}

}  // namespace

std::optional<ListenAddress> ListenAddress::parse(std::string_view text) {
  if (text.starts_with(kUnix)) return parse_socket(text.substr(kUnix.size()));
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return std::nullopt;

  if (host == "localhost") return ListenAddress{"127.0.0.1", *port, {}};
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  if (error || address.is_v6() != bracketed) return std::nullopt;
  return ListenAddress{address.to_string(), *port, {}};
}

bool ListenAddress::is_local() const {
  if (!socket.empty()) return true;
  boost::system::error_code error;
  const auto numeric = boost::asio::ip::make_address(address, error);
  return !error && numeric.is_loopback();
}

std::string ListenAddress::text(std::uint16_t actual_port) const {
  if (!socket.empty()) return std::string(kUnix) + socket.string();
  const bool v6 = address.find(':') != std::string::npos;
  return (v6 ? '[' + address + ']' : address) + ':' + std::to_string(actual_port);
}

}  // namespace sample
