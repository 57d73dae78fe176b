// SPDX-License-Identifier: Apache-2.0
//
// What the transport alone costs: a server on two threads that sends every body back, with Beast
// and the host's TLS settings, and nothing else. Says where it listens on standard error; ends when
// it is killed.
//
//     bench-echo [CERTIFICATE KEY CLIENT_CA]
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "http/tls_context.hpp"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Executor = asio::io_context::executor_type;
using Plain = beast::basic_stream<tcp, Executor, beast::unlimited_rate_policy>;
using Tls = beast::ssl_stream<Plain>;

template <class Stream>
class Session : public std::enable_shared_from_this<Session<Stream>> {
 public:
  template <class... Arguments>
  explicit Session(Arguments&&... arguments) : stream_(std::forward<Arguments>(arguments)...) {}

  void start() {
    if constexpr (std::is_same_v<Stream, Tls>) {
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](error_code error) {
                                if (!error) self->read();
                              });
    } else {
      read();
    }
  }

 private:
  void read() {
    request_ = {};
    http::async_read(stream_, buffer_, request_,
                     [self = this->shared_from_this()](error_code error, std::size_t) {
                       if (!error) self->write();
                     });
  }

  void write() {
    response_ = {};
    response_.set(http::field::content_type, "application/xml");
    response_.body() = std::move(request_.body());
    response_.prepare_payload();
    http::async_write(stream_, response_,
                      [self = this->shared_from_this()](error_code error, std::size_t) {
                        if (!error) self->read();
                      });
  }

  Stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

class Server {
 public:
  explicit Server(std::optional<sample::TlsFiles> files)
      : acceptor_(contexts_[0], tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    if (files) tls_.emplace(*files);
  }

  void run() {
    std::fprintf(stderr, "http listens on 127.0.0.1:%d\n", acceptor_.local_endpoint().port());
    accept();
    const auto work = asio::make_work_guard(contexts_[1]);
    std::thread second([this] { contexts_[1].run(); });
    contexts_[0].run();
    second.join();
  }

 private:
  void accept() {
    asio::io_context& context = contexts_[next_++ % 2];
    acceptor_.async_accept(context, [this, &context](error_code error, Plain::socket_type socket) {
      if (error) return;
      socket.set_option(tcp::no_delay(true));
      Plain stream(std::move(socket));
      asio::post(context, [this, stream = std::move(stream)]() mutable {
        if (tls_) {
          std::make_shared<Session<Tls>>(std::move(stream), tls_->context())->start();
        } else {
          std::make_shared<Session<Plain>>(std::move(stream))->start();
        }
      });
      accept();
    });
  }

  std::array<asio::io_context, 2> contexts_{asio::io_context(1), asio::io_context(1)};
  asio::basic_socket_acceptor<tcp, Executor> acceptor_;
  std::optional<sample::TlsContext> tls_;
  std::size_t next_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::optional<sample::TlsFiles> files;
  if (argc == 4) {
    files.emplace();
    files->certificate = argv[1];
    files->key = argv[2];
    files->client_ca = argv[3];
  }
  Server(std::move(files)).run();
}
