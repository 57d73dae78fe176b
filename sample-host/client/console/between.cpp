// SPDX-License-Identifier: Apache-2.0
#include "client/console/between.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "adaptor/unix_ms.hpp"
#include "client/console/exchange.hpp"
#include "client/return_request.hpp"
#include "client/server_connection.hpp"
#include "duis/reader.hpp"
#include "foreign/members.hpp"
#include "http/answer.hpp"

namespace sample::console {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace json = boost::json;
using asio::ip::tcp;
using client::BlockingIo;
using Clock = std::chrono::steady_clock;
using dcc::foreign::Members;
using dcc::foreign::Path;

// Longer messages are no business of DUIS; the host takes 1 MiB unless it is told otherwise.
constexpr std::size_t kLongest = 4U << 20;
constexpr std::uint32_t kLongestHead = 64U << 10;
// For each step of the host or the client; longer than any client waits.
constexpr std::chrono::seconds kPatience{90};
constexpr std::chrono::milliseconds kPause{100};

constexpr auto kKinds = std::to_array<std::string_view>(
    {"none", "delay", "unavailable", "cut-request", "cut-answer"});  // as in Between::Kind

using RequestParser = http::request_parser<http::string_body>;
using ResponseParser = http::response_parser<http::string_body>;

// The octets of a message. When it is not whole, `why` says why not.
struct Received {
  std::string octets;
  bool whole = false;
  bool ended = false;  // the other side has nothing more to say
  std::string why;
};

// `left`: octets that came with the message before, and then those behind this one.
template <class Stream, class Parser>
Received receive(BlockingIo& io, Stream& stream, Parser& parser, std::string& left,
                 const std::function<void()>& on_head = {}) {
  parser.eager(true);
  parser.header_limit(kLongestHead);
  parser.body_limit(kLongest);
  Received message;
  std::string& octets = message.octets;
  octets.swap(left);
  left.clear();
  std::size_t parsed = 0;
  bool has_head = false;
  std::array<char, 16U << 10> chunk;
  for (;;) {
    boost::system::error_code error;
    while (parsed < octets.size() && !parser.is_done() && !error)
      parsed += parser.put(asio::buffer(octets.data() + parsed, octets.size() - parsed), error);
    if (parser.is_done()) {
      left = octets.substr(parsed);
      octets.resize(parsed);
      message.whole = true;
      return message;
    }
    if ((error && error != http::error::need_more) || octets.size() > kLongest) {
      message.why = error && error != http::error::need_more ? error.message() : "too long";
      return message;
    }
    if (!has_head && parser.is_header_done()) {
      has_head = true;
      if (on_head) on_head();
    }
    std::size_t size = 0;
    beast::get_lowest_layer(stream).expires_after(kPatience);
    const auto end = io.run([&](auto done) {
      stream.async_read_some(asio::buffer(chunk), [done, &size](auto e, std::size_t n) mutable {
        size = n;
        done(e);
      });
    });
    octets.append(chunk.data(), size);
    if (!end) continue;
    message.ended = true;
    message.why = end.message();
    if (end == asio::error::eof && parser.got_some()) {  // which ends an answer without a length
      parser.put_eof(error);
      message.whole = !error && parser.is_done();
    }
    return message;
  }
}

template <class Stream>
boost::system::error_code pass(BlockingIo& io, Stream& stream, const std::string& octets) {
  beast::get_lowest_layer(stream).expires_after(kPatience);
  return io.run([&](auto done) {
    asio::async_write(stream, asio::buffer(octets),
                      [done](auto error, std::size_t) mutable { done(error); });
  });
}

// What the console itself answers, instead of the host.
std::string own_answer(const Answer& answer) {
  std::string text = "HTTP/1.1 " + std::to_string(answer.status) +
                     (answer.status == 503 ? " Service Unavailable" : " Forbidden") +
                     "\r\nContent-Type: " + answer.content_type +
                     "\r\nContent-Length: " + std::to_string(answer.body.size()) +
                     "\r\nConnection: close\r\n";
  if (answer.retry_after) text += "Retry-After: 1\r\n";
  return text + "\r\n" + answer.body;
}

json::string shown(const std::string& octets) {
  std::string text = octets.substr(0, Between::kShown);
  if (octets.size() > text.size()) text += "\n... of " + std::to_string(octets.size()) + " octets";
  return json::string(text.data(), text.size());
}

tcp::acceptor listener(asio::io_context& context, std::uint16_t port) try {
  return {context, tcp::endpoint(asio::ip::address_v4::loopback(), port)};
} catch (const boost::system::system_error& e) {
  throw std::runtime_error("--between " + std::to_string(port) + ": " + e.what());
}

}  // namespace

// With one client, request by request.
class Between::Conversation {
 public:
  Conversation(Between& between, BlockingIo& io, client::PlainStream::socket_type socket)
      : between_(between), io_(io), client_(std::move(socket)) {
    boost::system::error_code gone;
    const auto peer = client_.socket().remote_endpoint(gone);
    if (!gone) name_ = peer.address().to_string() + ':' + std::to_string(peer.port());
  }

  void run() {
    while (one()) {
    }
  }

 private:
  // False: nothing more is to come.
  bool one() {
    RequestParser parser;
    const Received request = receive(io_, client_, parser, left_, [&] { invite(parser); });
    if (request.octets.empty()) return false;
    begin_ = Clock::now();
    note_ = {
        {"at", dcc::adaptor::unix_ms()}, {"client", name_}, {"request", shown(request.octets)}};
    if (request.ended) {
      end("", "the client has ended before its request was whole: " + request.why);
      return false;
    }
    if (parser.is_header_done() && parser.get().count(http::field::origin) != 0) {
      answer_here(problem(403, "Forbidden", "not for web pages: this port takes no Origin"));
      return false;
    }
    const Fault fault = between_.next_fault();
    if (fault.kind == Kind::unavailable) {
      answer_here(problem(503, "Service Unavailable", "answered by the console, as it was told"));
      return false;
    }
    if (fault.kind == Kind::cut_request) {
      end("", "cut here, as told: the host has not seen the request");
      return false;
    }
    return pass_on(request, parser, fault);
  }

  // For who waits for it before it sends a long body (RFC 9110, 10.1.1).
  void invite(const RequestParser& parser) {
    if (beast::iequals(parser.get()[http::field::expect], "100-continue"))
      pass(io_, client_, "HTTP/1.1 100 Continue\r\n\r\n");
  }

  void answer_here(const Answer& answer) {
    const std::string text = own_answer(answer);
    explain({answer.status, "", answer.content_type, answer.body});
    pass(io_, client_, text);
    end(text, "answered here: the host has not seen the request");
  }

  bool pass_on(const Received& request, const RequestParser& asked, const Fault& fault) try {
    const HostAnswer answer = answer_of_host(request, asked);
    const Received& message = answer.message;
    if (message.octets.empty()) {
      end("", "the host gave no answer: " + message.why);
      return false;
    }
    if (answer.read) explain(*answer.read);
    if (fault.kind == Kind::cut_answer) {
      end(message.octets, "cut here, as told: the host has answered, and the client is not told");
      return false;
    }
    if (fault.kind == Kind::delay) wait(std::chrono::milliseconds(fault.milliseconds));
    const bool gone = has_gone();
    const bool passed = !pass(io_, client_, message.octets) && !gone;
    end(message.octets, !passed                     ? "the client had gone before the answer came"
                        : !message.whole            ? "passed on as far as it came: " + message.why
                        : fault.kind == Kind::delay ? "passed on late, as told"
                                                    : "passed on");
    return passed && request.whole && answer.keeps_alive && asked.keep_alive();
  } catch (const std::exception& e) {
    end("", std::string("the host was not reached: ") + e.what());
    return false;
  }

  struct HostAnswer {
    Received message;
    std::optional<client::HttpAnswer> read;  // nothing: it is no HTTP
    bool keeps_alive = false;
  };

  // Over a connection for this request alone. Interim answers are passed on as they come.
  HostAnswer answer_of_host(const Received& request, const RequestParser& asked) {
    const Options& options = between_.options_;
    return client::with_server(io_, options.service, options.tls, kPatience, [&](auto& host) {
      // A host that has refused the head reads no further, and its answer is there all the same.
      static_cast<void>(pass(io_, host, request.octets));
      std::string left;
      for (;;) {
        ResponseParser parser;
        parser.skip(asked.is_header_done() && asked.get().method() == http::verb::head);
        HostAnswer answer{receive(io_, host, parser, left), {}, false};
        if (!parser.is_header_done()) return answer;
        const auto& read = parser.get();
        if (http::to_status_class(read.result_int()) == http::status_class::informational &&
            read.result() != http::status::switching_protocols && answer.message.whole) {
          static_cast<void>(pass(io_, client_, answer.message.octets));
          continue;
        }
        answer.keeps_alive = answer.message.whole && parser.keep_alive();
        answer.read = {read.result_int(), std::string(read.reason()),
                       std::string(read[http::field::content_type]), read.body()};
        return answer;
      }
    });
  }

  // Until then, or until the client leaves.
  void wait(std::chrono::milliseconds time) {
    const auto timer = std::make_shared<asio::steady_timer>(io_.context, time);
    client_.socket().async_wait(tcp::socket::wait_read, [this, timer](auto error) {
      if (!error && has_gone()) timer->cancel();
    });
    static_cast<void>(io_.run([&](auto done) { timer->async_wait(done); }));
    client_.socket().cancel();
  }

  // It has closed its side, and so waits for no answer.
  bool has_gone() {
    char octet = 0;
    const ssize_t got =
        ::recv(client_.socket().native_handle(), &octet, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
  }

  void explain(const client::HttpAnswer& answer) {
    dcc::duis::Reader reader(*dcc::duis::Schema::built_in());
    const std::string code = code_of(answer, reader);
    note_["code"] = code;
    note_["meaning"] = code.starts_with("HTTP ") ? client::problem_text(answer)
                                                 : std::string(client::meaning(code));
  }

  void end(const std::string& answer, const std::string& what) {
    const std::chrono::duration<double, std::milli> took = Clock::now() - begin_;
    note_["answer"] = shown(answer);
    note_["what"] = what;
    note_["milliseconds"] = took.count();
    for (const char* name : {"code", "meaning"}) note_.emplace(name, "");
    between_.keep(std::move(note_));
  }

  Between& between_;
  BlockingIo& io_;
  client::PlainStream client_;
  std::string name_, left_;
  Clock::time_point begin_;
  json::object note_;  // of the exchange under way
};

Between::Between(const Options& options)
    : options_(options), listener_(listener(context_, options.between)) {
  for (unsigned i = 0; i < kClients; ++i) ios_.push_back(std::make_unique<BlockingIo>());
  for (const auto& io : ios_) threads_.emplace_back([this, &io] { serve(*io); });
}

Between::~Between() {
  for (const auto& io : ios_) io->stop();
  threads_.clear();
}

// A listener of the thread's own on the same socket: the kernel hands out who comes.
void Between::serve(BlockingIo& io) try {
  const int own = ::fcntl(listener_.native_handle(), F_DUPFD_CLOEXEC, 0);
  if (own < 0) throw std::system_error(errno, std::generic_category(), "fcntl");
  tcp::acceptor acceptor(io.context, tcp::v4(), own);
  while (!io.stopped()) {
    client::PlainStream::socket_type socket(io.context);
    if (io.run([&](auto done) { acceptor.async_accept(socket, done); })) {
      asio::steady_timer pause(io.context, kPause);  // no descriptors: not over and over
      static_cast<void>(io.run([&](auto done) { pause.async_wait(done); }));
      continue;
    }
    Conversation(*this, io, std::move(socket)).run();
  }
} catch (const std::exception&) {
  // Without memory or descriptors this one of kClients is missing.
}

Between::Fault Between::next_fault() {
  const std::lock_guard lock(mutex_);
  if (fault_.requests == 0) return {};
  --fault_.requests;
  return fault_;
}

void Between::keep(json::object exchange) {
  const std::lock_guard lock(mutex_);
  exchange["number"] = ++numbers_;
  exchanges_.push_back(std::move(exchange));
  if (exchanges_.size() > kExchanges) exchanges_.pop_front();
}

void Between::set_fault(const dcc::foreign::Json& json) {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"kind", "milliseconds", "requests"});
  const Path top;
  const Members question(json, top, kNames);
  const auto kind = dcc::foreign::read_word(question, "kind");
  const auto found = std::find(kKinds.begin(), kKinds.end(), kind);
  if (found == kKinds.end())
    dcc::foreign::refuse(Path(top, "kind"), std::string(kind),
                         "none, delay, unavailable, cut-request or cut-answer");
  const Fault fault{static_cast<Kind>(found - kKinds.begin()),
                    dcc::foreign::read_integer(question, "milliseconds", kLongestDelay),
                    dcc::foreign::read_integer(question, "requests", kMostFaults)};
  const std::lock_guard lock(mutex_);
  fault_ = fault;
}

json::object Between::state(const dcc::foreign::Json& json) const {
  static constexpr auto kNames = std::to_array<std::string_view>({"after"});
  const Path top;
  const Members question(json, top, kNames);
  const std::int64_t after = dcc::foreign::read_integer(question, "after");
  json::array exchanges;
  const std::lock_guard lock(mutex_);
  for (const json::object& exchange : exchanges_)
    if (exchange.at("number").as_int64() > after) exchanges.push_back(exchange);
  const auto& kind = kKinds[static_cast<std::size_t>(fault_.kind)];
  return {{"port", port()},
          {"fault",
           {{"kind", json::string(kind.data(), kind.size())},
            {"milliseconds", fault_.milliseconds},
            {"requests", fault_.requests}}},
          {"exchanges", std::move(exchanges)}};
}

}  // namespace sample::console
