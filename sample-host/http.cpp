// SPDX-License-Identifier: Apache-2.0
#include "http.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <ctime>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_set>
#include <vector>

namespace sample {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint32_t kMaxHead = 16U << 10;
constexpr std::size_t kReadAhead = 4U << 10;
constexpr std::size_t kMaxBuffer = 64U << 10;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
// Connections over the limit that are still told so; any further ones are just closed.
constexpr std::size_t kTurnedAway = 256;
// How long octets that nobody wants are read, so that the peer gets the answer before the reset.
constexpr std::chrono::seconds kLinger{2};
constexpr std::chrono::milliseconds kAcceptRetry{100};

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

// The Date field (RFC 9110, 5.6.7).
std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

// Framing that Beast lets pass, but on which two readers could disagree where a request ends.
std::optional<Answer> refuse_framing(const RequestHead& head, bool chunked) {
  const auto hosts = head.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && head.version() == 11)) {
    return problem(400, "Bad Request", "expected exactly one Host field");
  }
  const bool encoded = head.count(http::field::transfer_encoding) > 0;
  if (encoded && !(chunked && beast::iequals(head[http::field::transfer_encoding], "chunked"))) {
    return problem(400, "Bad Request", "the only Transfer-Encoding understood is chunked");
  }
  return std::nullopt;
}

// The answer to a request that cannot be read to its end; nothing: there is nobody to answer.
std::optional<Answer> refuse_unreadable(error_code error) {
  if (error == http::error::end_of_stream) return std::nullopt;
  if (error == http::error::body_limit) {
    return problem(413, "Content Too Large", "the request is larger than this host accepts");
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return problem(431, "Request Header Fields Too Large", "the head is larger than 16 KiB");
  }
  if (error.category() == http::make_error_code(http::error::end_of_stream).category()) {
    return problem(400, "Bad Request", "not a well-formed HTTP/1.1 request");
  }
  return std::nullopt;
}

// The context's own executor type instead of any_io_executor: no type erasure per operation.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Stream = beast::basic_stream<tcp, Executor, beast::unlimited_rate_policy>;

class Connection;

// One thread with its io_context. Everything but the constructor and `context` is for that thread
// while it runs.
struct Worker : std::enable_shared_from_this<Worker> {
  Worker(const HttpServer::Options& o, std::atomic<std::size_t>& count)
      : options(o), open_connections(count) {}

  void adopt(Socket socket);
  void release(const std::shared_ptr<Connection>& connection);
  void stop();

  const HttpServer::Options options;
  std::atomic<std::size_t>& open_connections;  // of the whole server
  asio::io_context context{1};
  asio::executor_work_guard<Executor> work{context.get_executor()};
  std::unique_ptr<Site> site;
  std::unordered_set<std::shared_ptr<Connection>> connections;
  bool stopping = false;
};

// One client: reads a request, has it handled, writes the answer, and again. Requests that were
// sent ahead wait in the buffer.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Socket socket, Worker& worker) : stream_(std::move(socket)), worker_(worker) {}

  void start() {
    error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    wait_for_request();
  }

  void turn_away() {
    parser_.emplace();
    refuse(problem(503, "Service Unavailable", "too many connections"));
  }

  // The request in flight is still answered; without one the connection closes.
  void stop() {
    if (idle_) close();
  }

 private:
  using Parser = http::request_parser<http::string_body>;

  void wait_for_request() {
    if (worker_.stopping) return close();
    parser_.emplace();
    parser_->header_limit(kMaxHead);
    parser_->body_limit(worker_.options.max_body);
    if (buffer_.size() > 0) return read_head();
    idle_ = true;
    stream_.expires_after(worker_.options.idle_timeout);
    stream_.async_read_some(buffer_.prepare(kReadAhead),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              self->idle_ = false;
                              if (error) return self->close();
                              self->buffer_.commit(size);
                              self->read_head();
                            });
  }

  void read_head() {
    stream_.expires_after(worker_.options.request_timeout);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](error_code error, std::size_t) { self->on_head(error); });
  }

  void on_head(error_code error) {
    if (error) return on_unreadable(error);
    const RequestHead& head = parser_->get();
    if (auto answer = refuse_framing(head, parser_->chunked())) return refuse(std::move(*answer));
    if (auto answer = worker_.site->refuse(head)) {
      // What is left of the connection is usable only if there is no body under way.
      if (!parser_->is_done()) return refuse(std::move(*answer));
      keep_alive_ = parser_->keep_alive();
      return respond(std::move(*answer));
    }
    if (parser_->is_done()) return handle();
    if (head.version() == 11 && beast::iequals(head[http::field::expect], "100-continue")) {
      asio::async_write(stream_, asio::buffer(kContinue),
                        [self = shared_from_this()](error_code failed, std::size_t) {
                          failed ? self->close() : self->read_body();
                        });
    } else {
      read_body();
    }
  }

  void read_body() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code error, std::size_t) {
                       error ? self->on_unreadable(error) : self->handle();
                     });
  }

  void handle() {
    keep_alive_ = parser_->keep_alive();
    stream_.expires_never();
    awaiting_ = true;
    auto& request = parser_->get();
    try {
      worker_.site->handle(request, std::move(request.body()), callback());
    } catch (const std::exception& e) {
      spdlog::error("a request failed: {}", e.what());
      on_answer(problem(500, "Internal Server Error", "the request could not be handled"));
    }
  }

  // Safe even after the server's end: then the answer goes nowhere.
  Pipeline::Done callback() {
    return [owner = worker_.weak_from_this(), weak = weak_from_this()](Answer answer) {
      const auto worker = owner.lock();
      if (worker == nullptr) return;
      asio::dispatch(worker->context, [weak, answer = std::move(answer)]() mutable {
        if (const auto self = weak.lock()) self->on_answer(std::move(answer));
      });
    };
  }

  void on_answer(Answer answer) {
    if (!std::exchange(awaiting_, false)) return;
    respond(std::move(answer));
  }

  void on_unreadable(error_code error) {
    if (auto answer = refuse_unreadable(error)) return refuse(std::move(*answer));
    close();
  }

  // An answer after which the connection is of no use.
  void refuse(Answer answer) {
    keep_alive_ = false;
    respond(std::move(answer));
  }

  void respond(Answer answer) {
    const auto& request = parser_->get();
    response_ = {};
    response_.version(request.version() == 10 ? 10 : 11);
    response_.result(answer.status);
    response_.keep_alive(keep_alive_ && !worker_.stopping);
    response_.set(http::field::date, http_date());
    response_.set(http::field::content_type, answer.content_type);
    if (answer.retry_after) response_.set(http::field::retry_after, "1");
    if (!answer.allow.empty()) {
      response_.set(http::field::allow, {answer.allow.data(), answer.allow.size()});
    }
    if (request.method() != http::verb::head) response_.body() = std::move(answer.body);
    response_.prepare_payload();
    stream_.expires_after(worker_.options.request_timeout);
    http::async_write(
        stream_, response_,
        [self = shared_from_this()](error_code error, std::size_t) { self->on_written(error); });
  }

  void on_written(error_code error) {
    if (error) return close();
    if (response_.keep_alive()) return wait_for_request();
    if (parser_->is_done()) return close();
    stream_.socket().shutdown(tcp::socket::shutdown_send, error);
    stream_.expires_after(kLinger);
    linger();
  }

  void linger() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kReadAhead),
                            [self = shared_from_this()](error_code error, std::size_t) {
                              error ? self->close() : self->linger();
                            });
  }

  void close() {
    if (std::exchange(closed_, true)) return;
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
    worker_.release(shared_from_this());
  }

  Stream stream_;
  Worker& worker_;
  beast::flat_buffer buffer_{kMaxBuffer};
  std::optional<Parser> parser_;
  http::response<http::string_body> response_;
  bool keep_alive_ = false;
  bool idle_ = false;      // waiting for the first octet of a request
  bool awaiting_ = false;  // the request is the site's
  bool closed_ = false;
};

void Worker::adopt(Socket socket) {
  const auto connection = std::make_shared<Connection>(std::move(socket), *this);
  connections.insert(connection);
  if (open_connections > options.max_connections) return connection->turn_away();
  connection->start();
}

void Worker::release(const std::shared_ptr<Connection>& connection) {
  connections.erase(connection);
  --open_connections;
  if (stopping && connections.empty()) work.reset();
}

void Worker::stop() {
  stopping = true;
  const auto all = connections;  // closing changes the set
  for (const auto& connection : all) connection->stop();
  if (connections.empty()) work.reset();
}

void run(asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception& e) {
      spdlog::error("a connection failed: {}", e.what());
    }
  }
}

Pipeline::Post post_to(const std::shared_ptr<Worker>& worker) {
  return [weak = std::weak_ptr(worker)](std::function<void()> task) {
    if (const auto target = weak.lock()) asio::post(target->context, std::move(task));
  };
}

class ServiceSite : public Site {
 public:
  explicit ServiceSite(Handle handle) : handle_(std::move(handle)) {}

  std::optional<Answer> refuse(const RequestHead& head) const override {
    if (endpoint(head).empty()) return problem(404, "Not Found", "no such service");
    if (head.method() != http::verb::post) {
      Answer answer = problem(405, "Method Not Allowed", "a Service Request is sent with POST");
      answer.allow = "POST";
      return answer;
    }
    const auto type = view(head[http::field::content_type]);
    const auto media = beast::string_view(type.substr(0, type.find_first_of("; \t")));
    if (!beast::iequals(media, "application/xml") || head.count(http::field::content_encoding)) {
      return problem(415, "Unsupported Media Type", "expected application/xml, not encoded");
    }
    return std::nullopt;
  }

  void handle(const RequestHead& head, std::string body, Pipeline::Done done) override {
    handle_(endpoint(head), std::move(body), std::move(done));
  }

 private:
  // The path's last part if it names a service, else empty.
  static std::string_view endpoint(const RequestHead& head) {
    constexpr std::string_view kPrefix = "/api/v1/";
    const auto target = view(head.target());
    if (!target.starts_with(kPrefix)) return {};
    const auto name = target.substr(kPrefix.size());
    const bool known = name == "serviceD" || name == "serviceS" || name == "serviceT";
    return known ? name : std::string_view{};
  }

  const Handle handle_;
};

tcp::endpoint endpoint_of(const HttpServer::Options& options) {
  return {asio::ip::make_address(options.address), options.port};
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const Options& options, const SiteFactory& make_site) : options_(options) {
    for (unsigned i = 0; i < std::max(options.workers, 1U); ++i) {
      workers_.push_back(std::make_shared<Worker>(options, open_connections_));
    }
    listen();
    for (const auto& worker : workers_) worker->site = make_site({port_, post_to(worker)});
  }

  ~Impl() { stop(); }

  std::uint16_t port() const { return port_; }

  void start() {
    running_ = workers_.size();
    for (const auto& worker : workers_) {
      threads_.emplace_back([this, &context = worker->context] {
        run(context);
        const std::lock_guard lock(mutex_);
        --running_;
        stopped_.notify_one();
      });
    }
    asio::post(workers_.front()->context, [this] { accept(); });
  }

  void stop() {
    if (std::exchange(stop_called_, true)) return;
    asio::post(workers_.front()->context, [this] {
      stopping_ = true;
      acceptor_->close();
      retry_->cancel();
    });
    for (const auto& worker : workers_) {
      asio::post(worker->context, [&worker = *worker] { worker.stop(); });
    }
    {
      std::unique_lock lock(mutex_);
      stopped_.wait_for(lock, options_.stop_timeout, [this] { return running_ == 0; });
    }
    for (const auto& worker : workers_) worker->context.stop();
    for (auto& thread : threads_) thread.join();
    for (const auto& worker : workers_) {
      worker->connections.clear();
      worker->site.reset();
    }
  }

 private:
  using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;

  void listen() {
    auto& context = workers_.front()->context;
    try {
      acceptor_.emplace(context, endpoint_of(options_), /*reuse_addr=*/true);
    } catch (const boost::system::system_error& e) {
      throw std::runtime_error("cannot listen on " + options_.address + ":" +
                               std::to_string(options_.port) + ": " + e.code().message());
    }
    port_ = acceptor_->local_endpoint().port();
    retry_.emplace(context);
  }

  // In the first worker's thread; each connection goes to the next worker in turn.
  void accept() {
    if (stopping_) return;
    Worker& worker = *workers_[next_++ % workers_.size()];
    acceptor_->async_accept(worker.context, [this, &worker](error_code error, Socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) return accept_later(error);
      if (++open_connections_ > options_.max_connections + kTurnedAway) {
        --open_connections_;
      } else {
        asio::post(worker.context, [&worker, socket = std::move(socket)]() mutable {
          worker.adopt(std::move(socket));
        });
      }
      accept();
    });
  }

  // Out of descriptors, for example: trying again at once would only burn the processor.
  void accept_later(error_code error) {
    spdlog::error("a connection cannot be accepted: {}", error.message());
    retry_->expires_after(kAcceptRetry);
    retry_->async_wait([this](error_code cancelled) {
      if (!cancelled) accept();
    });
  }

  const Options options_;
  std::atomic<std::size_t> open_connections_ = 0;
  std::vector<std::shared_ptr<Worker>> workers_;
  std::optional<Acceptor> acceptor_;
  std::optional<Timer> retry_;
  std::uint16_t port_ = 0;
  std::size_t next_ = 0;
  bool stopping_ = false;
  bool stop_called_ = false;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  std::size_t running_ = 0;
};

HttpServer::HttpServer(const Options& options, const SiteFactory& make_site)
    : impl_(std::make_unique<Impl>(options, make_site)) {}
HttpServer::~HttpServer() = default;
std::uint16_t HttpServer::port() const {
  return impl_->port();
}
void HttpServer::start() {
  impl_->start();
}
void HttpServer::stop() {
  impl_->stop();
}

std::unique_ptr<Site> make_service_site(Handle handle) {
  return std::make_unique<ServiceSite>(std::move(handle));
}

}  // namespace sample
