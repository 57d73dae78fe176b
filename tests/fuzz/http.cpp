// SPDX-License-Identifier: Apache-2.0
//
// The HTTP entry: a server of the sample host with its service site, on a free loopback port, and
// one connection for each input, which is what the client sends before it says that it is done.
#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstdint>
#include <set>
#include <string>

#include "fuzz/promise.hpp"
#include "http/server.hpp"
#include "services/service_site.hpp"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using fuzz::promise;

constexpr std::size_t kMaxBody = 4096;
constexpr std::string_view kAnswer = "<answer/>";

std::atomic<unsigned> handled = 0;

void handle(std::string_view endpoint, const sample::Peer& peer, std::string body,
            sample::Done done) {
  ++handled;
  promise(endpoint == "serviceD" || endpoint == "serviceS" || endpoint == "serviceT",
          "a request is for one of the three services");
  promise(!peer.eui, "nobody is known by plain HTTP");
  promise(body.size() <= kMaxBody, "a body is no longer than allowed");
  // An answer of each kind, by what was sent.
  if (body.starts_with("busy")) return done(sample::problem(503, "Service Unavailable", body));
  if (body.starts_with("bad")) return done(sample::problem(400, "Bad Request", body));
  if (body.starts_with("throw")) throw std::runtime_error("as asked");
  done({200, "application/xml", std::string(kAnswer)});
}

sample::HttpServer& server() {
  static sample::HttpServer& running = *[] {
    spdlog::set_level(spdlog::level::off);
    sample::HttpServer::Options options;
    options.address = "127.0.0.1";
    options.max_body = kMaxBody;
    auto* made = new sample::HttpServer(
        options, [](const sample::SiteContext&) { return sample::make_service_site(handle); });
    made->start();
    return made;
  }();
  return running;
}

// All that the server says until it closes.
std::string exchange(std::string_view octets) {
  static asio::io_context& context = *new asio::io_context();
  tcp::socket socket(context);
  // From ever other addresses of this machine: of one, all ports would soon be waiting for their
  // time to pass, where the server closed first.
  static unsigned turn = 0;
  constexpr unsigned kFirst = 0x7F000002, kAddresses = 200;
  socket.open(tcp::v4());
  socket.bind({asio::ip::address_v4(kFirst + turn++ % kAddresses), 0});
  socket.connect({asio::ip::make_address("127.0.0.1"), server().port()});
  error_code closed;  // by the server, which may have seen enough
  asio::write(socket, asio::buffer(octets), closed);
  socket.shutdown(tcp::socket::shutdown_send, closed);
  std::string answer;
  asio::read(socket, asio::dynamic_buffer(answer), closed);
  // The client goes first, and at once: the thousandth port of a second would not be free else.
  error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  return answer;
}

void check_problem(const http::response<http::string_body>& response) {
  promise(response[http::field::content_type] == "application/problem+json",
          "what is no answer of the service is a problem detail");
  promise(response.body().starts_with("{\"type\":\"about:blank\""), "a problem detail is JSON");
}

// Returns how many were answers of the service's.
unsigned check_answers(std::string_view octets) {
  static const std::set<unsigned> kStatuses{100, 200, 400, 404, 405, 408,
                                            413, 415, 431, 500, 501, 503};
  unsigned answers = 0;
  while (!octets.empty()) {
    http::response_parser<http::string_body> parser;
    parser.eager(true);
    error_code error;
    const std::size_t used = parser.put(asio::buffer(octets), error);
    promise(!error && parser.is_header_done(), "what the server sends is HTTP/1.1");
    const auto& response = parser.get();
    promise(kStatuses.contains(response.result_int()), "a status is one of the README's");
    promise(parser.is_done(), "a response is sent to its end");
    promise(response.result_int() == 100 || response.count(http::field::date) == 1,
            "a response says when");
    if (response.result_int() == 200) {
      ++answers;
      promise(response.body() == kAnswer, "an answer is the site's");
    } else if (response.result_int() != 100) {
      check_problem(response);
    }
    octets.remove_prefix(used);
  }
  return answers;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets(reinterpret_cast<const char*>(data), size);
  handled = 0;
  const std::string answer = exchange(octets);
  // An answer to HEAD has no body, and nobody can tell from without which one that is.
  if (octets.find("HEAD") != std::string_view::npos) return 0;
  const unsigned answers = check_answers(answer);
  promise(answers <= handled, "nobody but the site answers 200");
  return 0;
}
