// SPDX-License-Identifier: Apache-2.0
#include "http/connection.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cstring>
#include <ctime>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "http/operation_memory.hpp"
#include "http/refusal.hpp"
#include "http/request_target.hpp"
#include "log.hpp"

namespace sample {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kReadAhead = 4U << 10;
// Beside the head, for what comes with it and for long bodies, which pass through.
constexpr std::size_t kMaxBuffer = 64U << 10;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr const char* kTraceparent = "traceparent";
// How long octets that nobody wants are read, so that the peer gets the answer before the reset.
constexpr std::chrono::seconds kLinger{2};

// Of whatever family: each kind of stream means all that is below once more, in minutes of
// compiling.
using PlainStream =
    beast::basic_stream<asio::generic::stream_protocol, Executor, beast::unlimited_rate_policy>;
using TlsStream = beast::ssl_stream<PlainStream>;

// Who is at the other end, for the log.
std::string name_of(const asio::generic::stream_protocol::endpoint& end) {
  if (end.protocol().family() == AF_UNIX) return "unix";
  asio::ip::tcp::endpoint tcp;
  if (end.size() > tcp.capacity()) return "unknown";
  std::memcpy(tcp.data(), end.data(), end.size());
  const std::string address = tcp.address().to_string();
  return (tcp.address().is_v6() ? '[' + address + ']' : address) + ':' + std::to_string(tcp.port());
}

// The Date field (RFC 9110, 5.6.7).
std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

template <class Stream>
class StreamConnection final : public Connection {
 public:
  template <class... Arguments>
  StreamConnection(Worker& worker, Place place, Arguments&&... stream)
      : worker_(worker),
        place_(std::move(place)),
        stream_(std::forward<Arguments>(stream)...),
        buffer_(worker.limits().max_head + kMaxBuffer),
        deadline_(worker.context) {
    error_code error;
    const auto end = socket().remote_endpoint(error);
    peer_.address = error ? "gone" : name_of(end);
  }

  void start() noexcept override {
    guarded([this] {
      error_code ignored;  // a Unix socket has none
      socket().set_option(asio::ip::tcp::no_delay(true), ignored);
      if constexpr (kTls) {
        shake_hands();
      } else {
        wait_for_request();
      }
    });
  }

  void turn_away() noexcept override {
    guarded([this] {
      parser_.emplace();
      refuse(problem(503, "Service Unavailable", "too many connections"));
    });
  }

  void serve() noexcept override {
    guarded([this] {
      awaiting_ = true;
      waited_ = since_received();
      auto& request = parser_->get();
      try {
        worker_.site->handle(request, peer_, std::move(request.body().octets), callback());
      } catch (const std::exception& e) {
        spdlog::error("a request failed: {}", e.what());
        if (!std::exchange(awaiting_, false)) return;
        reject(problem(500, "Internal Server Error", "the request could not be handled"));
      }
    });
  }

  void serve_late() noexcept override {
    guarded([this] {
      waited_ = since_received();
      reject(overloaded());
    });
  }

  void stop() noexcept override {
    guarded([this] {
      if (reading_) close();
    });
  }

 private:
  static constexpr bool kTls = std::is_same_v<Stream, TlsStream>;
  using Parser = http::request_parser<BudgetedBody>;
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;

  const HttpLimits& limits() const { return worker_.limits(); }
  auto& layer() { return beast::get_lowest_layer(stream_); }
  auto& socket() { return layer().socket(); }
  std::shared_ptr<StreamConnection> self() {
    return std::static_pointer_cast<StreamConnection>(shared_from_this());
  }

  // What goes wrong in one connection, such as memory that is not to be had, ends that one only.
  template <class Action>
  void guarded(Action action) noexcept {
    try {
      action();
    } catch (const std::exception& e) {
      spdlog::error("a connection failed: {}", e.what());
      close();
    }
  }

  // The handler of an asynchronous operation, which keeps the connection until it has ended.
  template <class Next>
  auto then(Next next) {
    return [self = self(), next](error_code error, std::size_t size = 0) {
      self->guarded([&] { next(*self, error, size); });
    };
  }

  void shake_hands() requires kTls {
    reading_ = true;
    layer().expires_after(limits().handshake_timeout);
    stream_.async_handshake(asio::ssl::stream_base::server,
                            then([](StreamConnection& self, error_code error, std::size_t) {
                              if (error) return self.on_failed_handshake(error);
                              self.peer_.eui = tls_peer(self.stream_.native_handle()).eui;
                              self.wait_for_request();
                            }));
  }

  void on_failed_handshake(error_code error) {
    if (!closed_) {
      spdlog::info("tls: no handshake with {}: {}", peer_.address,
                   handshake_failure(stream_.native_handle(), error));
    }
    close();
  }

  void wait_for_request() {
    if (worker_.stopping()) return finish();
    parser_.emplace();
    parser_->header_limit(limits().max_head);
    parser_->body_limit(limits().max_body);
    parser_->get().body().share = BodyShare(worker_.bodies());
    reading_ = true;
    timed_out_ = false;
    waited_.reset();
    if (begins()) return read_head();  // a request that was sent ahead
    if (buffer_.capacity() > kReadAhead) buffer_.shrink_to_fit();
    layer().expires_after(limits().idle_timeout);
    wait_for_octets();
  }

  // Not longer than the idle time, however many empty lines come.
  void wait_for_octets() {
    stream_.async_read_some(buffer_.prepare(kReadAhead),
                            then([](StreamConnection& self, error_code error, std::size_t size) {
                              if (error) return self.close();
                              self.buffer_.commit(size);
                              self.begins() ? self.read_head() : self.wait_for_octets();
                            }));
  }

  // Has a request begun? Empty lines before it are none of it (RFC 9112, 2.2).
  bool begins() {
    constexpr std::string_view kLineEnd = "\r\n";
    const auto octets = [this] {
      return std::string_view(static_cast<const char*>(buffer_.data().data()), buffer_.size());
    };
    while (octets().starts_with(kLineEnd)) buffer_.consume(kLineEnd.size());
    return !kLineEnd.starts_with(octets());
  }

  // The time that begins here is for the whole request. The stream's own timer would close the
  // connection, and nobody could be told.
  void read_head() {
    layer().expires_never();
    deadline_.expires_after(limits().request_timeout);
    deadline_.async_wait(then([](StreamConnection& self, error_code cancelled, std::size_t) {
      if (cancelled || !self.reading_ || self.deadline_.expiry() > Timer::clock_type::now()) return;
      self.timed_out_ = true;
      self.layer().cancel();
    }));
    http::async_read_header(
        stream_, buffer_, *parser_,
        then([](StreamConnection& self, error_code error, std::size_t) { self.on_head(error); }));
  }

  void on_head(error_code error) {
    if (error) return on_unreadable(error);
    RequestHead& head = parser_->get();
    peer_.trace.clear();
    if (head.count(kTraceparent) == 1) peer_.trace = traceparent(to_std(head[kTraceparent]));
    if (auto answer = refuse_framing(head, parser_->chunked())) return refuse(std::move(*answer));
    if (auto answer = to_origin_form(head)) return refuse(std::move(*answer));
    if (auto answer = worker_.site->refuse(head)) {
      // What is left of the connection is usable only if there is no body under way.
      if (!parser_->is_done()) return refuse(std::move(*answer));
      return reject(std::move(*answer));
    }
    if (parser_->is_done()) return on_request();
    const auto length = parser_->content_length();
    if (length && !worker_.bodies().has(*length)) return refuse(overloaded());
    if (head.version() == 11 && beast::iequals(head[http::field::expect], "100-continue")) {
      asio::async_write(stream_, asio::buffer(kContinue),
                        then([](StreamConnection& self, error_code failed, std::size_t) {
                          failed ? self.close() : self.read_body();
                        }));
    } else {
      read_body();
    }
  }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_,
                     then([](StreamConnection& self, error_code failed, std::size_t) {
                       failed ? self.on_unreadable(failed) : self.on_request();
                     }));
  }

  void on_request() {
    end_reading();
    if (!worker_.enqueue(shared_from_this())) reject(overloaded());
  }

  // Safe even after the server's end: then the answer goes nowhere. Needs no memory when it is
  // called, which may be in the committer's thread.
  Done callback() {
    return [owner = worker_.weak_from_this(), weak = std::weak_ptr(self()),
            memory = OperationAllocator<void>(answering_)](Answer answer) {
      const auto worker = owner.lock();
      if (worker == nullptr) return;
      auto deliver = [weak, answer = std::move(answer)]() mutable {
        const auto self = weak.lock();
        if (self) self->guarded([&] { self->on_answer(std::move(answer)); });
      };
      asio::dispatch(worker->context, asio::bind_allocator(memory, std::move(deliver)));
    };
  }

  void on_answer(Answer answer) {
    if (!std::exchange(awaiting_, false)) return;
    worker_.site->served({answer.status, false, waited_, since_received()});
    respond(std::move(answer));
  }

  void on_unreadable(error_code error) {
    if (timed_out_) return refuse(too_slow(limits()));
    if (auto answer = refuse_unreadable(error, limits())) return refuse(std::move(*answer));
    close();
  }

  // An answer after which the connection is of no use.
  void refuse(Answer answer) {
    refused_ = true;
    reject(std::move(answer));
  }

  // An answer that is not the site's to a request that it was given, and so logged here.
  void reject(Answer answer) {
    if (reading_) end_reading();
    const auto took = since_received();
    worker_.site->served({answer.status, true, waited_, took});
    const auto& head = parser_->get();
    LogEvent event("refused");
    event.number("http", answer.status)
        .text("method", to_std(head.method_string()))
        .text("target", to_std(head.target()));
    add_peer(event, peer_)
        .time("us", took)
        .time("wait_us", waited_)
        .text("reason", answer.reason)
        .log();
    respond(std::move(answer));
  }

  std::chrono::nanoseconds since_received() const {
    return std::chrono::steady_clock::now() - peer_.received;
  }

  // What has come of the request has come.
  void end_reading() {
    reading_ = false;
    peer_.received = std::chrono::steady_clock::now();
    deadline_.cancel();
  }

  void respond(Answer answer) {
    auto& request = parser_->get();
    request.body() = {};
    const bool usable = !refused_ && parser_->is_done() && parser_->keep_alive() &&
                        !worker_.stopping() &&
                        !(request.version() == 10 && parser_->chunked());  // RFC 9112, 6.1
    response_ = {};
    response_.version(request.version() == 10 ? 10 : 11);
    response_.result(answer.status);
    response_.keep_alive(++answers_ < limits().max_requests && usable);
    response_.set(http::field::date, http_date());
    response_.set(http::field::content_type, answer.content_type);
    if (answer.retry_after) response_.set(http::field::retry_after, "1");
    if (!answer.allow.empty()) {
      response_.set(http::field::allow, {answer.allow.data(), answer.allow.size()});
    }
    for (const Field& field : answer.fields) {
      response_.set(beast::string_view(field.name.data(), field.name.size()),
                    beast::string_view(field.value.data(), field.value.size()));
    }
    response_.content_length(answer.body.size());
    if (request.method() != http::verb::head) response_.body() = std::move(answer.body);
    layer().expires_after(limits().answer_timeout);
    http::async_write(stream_, response_,
                      then([](StreamConnection& self, error_code error, std::size_t) {
                        self.on_written(error);
                      }));
  }

  void on_written(error_code error) {
    if (error) return close();
    if (response_.keep_alive()) return wait_for_request();
    finish();
  }

  // Tells the peer that nothing more comes, and closes. What is left of a request that was not read
  // to its end, or was sent ahead, is read away first: closing upon it would reset the connection,
  // and could take the answer with it.
  void finish() {
    layer().expires_after(kLinger);
    if constexpr (kTls) {
      stream_.async_shutdown(
          then([](StreamConnection& self, error_code, std::size_t) { self.drain(); }));
    } else {
      drain();
    }
  }

  void drain() {
    const bool more_to_come = refused_ ? !parser_->is_done() : begins();
    if (!more_to_come) return close();
    error_code ignored;
    socket().shutdown(asio::socket_base::shutdown_send, ignored);
    read_away();
  }

  void read_away() {
    buffer_.clear();
    layer().async_read_some(buffer_.prepare(kReadAhead),
                            then([](StreamConnection& self, error_code error, std::size_t) {
                              error ? self.close() : self.read_away();
                            }));
  }

  void close() noexcept {
    if (std::exchange(closed_, true)) return;
    error_code ignored;
    reading_ = false;
    deadline_.cancel();
    socket().shutdown(asio::socket_base::shutdown_both, ignored);
    layer().close();
    worker_.release(shared_from_this());
  }

  Worker& worker_;
  const Place place_;
  Stream stream_;
  beast::flat_buffer buffer_;
  Timer deadline_;  // of the request that is being read
  Peer peer_;
  const std::shared_ptr<OperationMemory> answering_ = std::make_shared<OperationMemory>();
  std::optional<Parser> parser_;
  http::response<http::string_body> response_;
  std::optional<std::chrono::nanoseconds> waited_;  // the request that is served
  std::size_t answers_ = 0;
  bool refused_ = false;    // nothing that comes after is a request
  bool reading_ = false;    // a handshake or a request that has not come to its end
  bool timed_out_ = false;  // it took too long
  bool awaiting_ = false;   // the request is the site's
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<Connection> make_connection(Worker& worker, Socket socket, Place place) {
  return std::make_shared<StreamConnection<PlainStream>>(worker, std::move(place),
                                                         std::move(socket));
}

std::shared_ptr<Connection> make_tls_connection(Worker& worker, Socket socket, Place place,
                                                const TlsContext& tls) {
  return std::make_shared<StreamConnection<TlsStream>>(worker, std::move(place), std::move(socket),
                                                       tls.context());
}

}  // namespace sample
