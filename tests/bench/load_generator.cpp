// SPDX-License-Identifier: Apache-2.0
#include "bench/load_generator.hpp"

#include <algorithm>
#include <array>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <charconv>
#include <deque>
#include <utility>

#include "bench/world.hpp"

namespace bench {
namespace {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Socket = asio::basic_stream_socket<tcp, asio::io_context::executor_type>;
using TlsSocket = ssl::stream<Socket>;

// A server that is silent for so long has failed.
constexpr std::chrono::seconds kPatience{60};
constexpr std::size_t kBlock = 4096;

double ms(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

void require(error_code error, const char* what) {
  if (error) fail(std::string("load: ") + what + ": " + error.message());
}

// The number behind `name` in the head of an answer.
std::size_t number_behind(std::string_view head, std::string_view name) {
  const auto at = head.find(name);
  std::size_t number = 0;
  if (at == std::string_view::npos ||
      std::from_chars(head.data() + at + name.size(), head.data() + head.size(), number).ec !=
          std::errc{}) {
    fail("load: an answer without " + std::string(name));
  }
  return number;
}

// A connection, whatever the stream. It answers to whom it was given.
class Connection {
 public:
  class Owner {
   public:
    virtual void answered(Connection& connection, unsigned status) = 0;

   protected:
    ~Owner() = default;
  };

  Connection() = default;
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The request must live until it is answered.
  virtual void send(const std::string& request) = 0;

  std::size_t request = 0;  // which one is under way
  Clock::time_point due;    // and since when
};

template <class Stream>
class StreamConnection final : public Connection {
 public:
  StreamConnection(Owner& owner, Stream stream) : owner_(owner), stream_(std::move(stream)) {}

  void send(const std::string& octets) override {
    answer_.clear();
    whole_ = 0;
    asio::async_write(stream_, asio::buffer(octets), [this](error_code error, std::size_t) {
      require(error, "write");
      read();
    });
  }

 private:
  void read() {
    stream_.async_read_some(asio::buffer(block_), [this](error_code error, std::size_t size) {
      require(error, "read");
      answer_.append(block_.data(), size);
      if (whole_ == 0) find_end();
      if (whole_ == 0 || answer_.size() < whole_) return read();
      owner_.answered(*this, status_);
    });
  }

  void find_end() {
    const auto end = answer_.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::string_view head = std::string_view(answer_).substr(0, end);
    if (head.find("Connection: close") != std::string_view::npos) {
      fail("load: the server closes a connection: " + std::string(head));
    }
    status_ = static_cast<unsigned>(number_behind(head, "HTTP/1.1 "));
    whole_ = end + 4 + number_behind(head, "Content-Length: ");
  }

  Owner& owner_;
  Stream stream_;
  std::array<char, kBlock> block_{};
  std::string answer_;  // head and body
  std::size_t whole_ = 0;
  unsigned status_ = 0;
};

ssl::context tls_context(const Endpoint::Tls& files) {
  ssl::context context(ssl::context::tls_client);
  context.load_verify_file(files.ca.string());
  context.set_verify_mode(ssl::verify_peer);
  context.use_certificate_chain_file(files.certificate.string());
  context.use_private_key_file(files.key.string(), ssl::context::pem);
  return context;
}

}  // namespace

std::string http_request(std::string_view document) {
  return "POST /api/v1/serviceD HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/xml\r\n"
         "Content-Length: " +
         std::to_string(document.size()) + "\r\n\r\n" + std::string(document);
}

std::vector<double> LoadResult::times(unsigned status) const {
  std::vector<double> times;
  for (const auto& answer : answers) {
    if (answer.status == status) times.push_back(answer.took_ms);
  }
  return times;
}

class LoadGenerator::Impl final : public Connection::Owner {
 public:
  Impl(const Endpoint& endpoint, std::size_t connections) {
    if (endpoint.tls) tls_.emplace(tls_context(*endpoint.tls));
    const tcp::endpoint server(asio::ip::address_v4::loopback(), endpoint.port);
    for (std::size_t i = 0; i < connections; ++i) {
      connections_.push_back(connect(server));
      idle_.push_back(connections_.back().get());
    }
  }

  // `per_second` 0: as fast as the answers come.
  LoadResult run(std::span<const std::string> requests, double per_second, double seconds) {
    requests_ = requests;
    per_second_ = per_second;
    to_send_.clear();
    for (std::size_t i = 0; i < requests.size(); ++i) to_send_.push_back(i);
    due_in_all_ = per_second > 0 ? static_cast<std::size_t>(per_second * seconds) : requests.size();
    sent_ = 0;
    result_ = {};
    result_.answers.reserve(due_in_all_);
    begin_ = Clock::now();
    context_.restart();
    send_due();
    while (!done() || idle_.size() < connections_.size()) {
      if (context_.run_one_for(kPatience) == 0) fail("load: no answer");
    }
    timer_.cancel();
    context_.poll();
    result_.seconds = ms(Clock::now() - begin_) / 1000;
    return std::move(result_);
  }

 private:
  std::unique_ptr<Connection> connect(const tcp::endpoint& server) {
    error_code error;
    Socket socket(context_);
    socket.connect(server, error);
    require(error, "connect");
    socket.set_option(tcp::no_delay(true));
    if (!tls_) return std::make_unique<StreamConnection<Socket>>(*this, std::move(socket));
    TlsSocket stream(std::move(socket), *tls_);
    stream.handshake(TlsSocket::client, error);
    require(error, "handshake");
    return std::make_unique<StreamConnection<TlsSocket>>(*this, std::move(stream));
  }

  bool done() const { return sent_ == due_in_all_ || to_send_.empty(); }

  // When the next request is due.
  Clock::time_point next_due() const {
    if (per_second_ == 0) return Clock::now();
    return begin_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(static_cast<double>(sent_) / per_second_));
  }

  void send_due() {
    const auto now = Clock::now();
    while (!done() && !idle_.empty()) {
      const auto due = next_due();
      if (per_second_ > 0 && due > now) return wait_until(due);
      Connection& connection = *idle_.front();
      idle_.pop_front();
      connection.request = to_send_.front();
      to_send_.pop_front();
      connection.due = due;
      ++sent_;
      connection.send(requests_[connection.request]);
    }
  }

  void wait_until(Clock::time_point due) {
    if (std::exchange(timer_waits_, true)) return;
    timer_.expires_at(due);
    timer_.async_wait([this](error_code error) {
      timer_waits_ = false;
      if (!error) send_due();
    });
  }

  void answered(Connection& connection, unsigned status) override {
    result_.answers.push_back(
        {ms(connection.due - begin_), ms(Clock::now() - connection.due), status});
    if (per_second_ > 0 && status == 503) to_send_.push_back(connection.request);
    idle_.push_back(&connection);
    send_due();
  }

  asio::io_context context_{1};
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Socket::executor_type> timer_{
      context_};
  bool timer_waits_ = false;
  std::optional<ssl::context> tls_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<Connection*> idle_;

  // Of the load that runs.
  std::span<const std::string> requests_;
  double per_second_ = 0;
  std::deque<std::size_t> to_send_;
  std::size_t due_in_all_ = 0;
  std::size_t sent_ = 0;
  Clock::time_point begin_;
  LoadResult result_;
};

LoadGenerator::LoadGenerator(const Endpoint& endpoint, std::size_t connections)
    : impl_(std::make_unique<Impl>(endpoint, connections)) {}

LoadGenerator::~LoadGenerator() = default;

LoadResult LoadGenerator::run(std::span<const std::string> requests) {
  return impl_->run(requests, 0, 0);
}

LoadResult LoadGenerator::offer(std::span<const std::string> requests, double per_second,
                                std::chrono::duration<double> time) {
  return impl_->run(requests, per_second, time.count());
}

}  // namespace bench
