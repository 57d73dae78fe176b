// SPDX-License-Identifier: Apache-2.0
#include "http/server.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "host/unix_listener.hpp"
#include "http/worker.hpp"

namespace sample {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Connections over the limit that are still told so; any further ones are just closed.
constexpr std::size_t kTurnedAway = 256;
constexpr std::chrono::milliseconds kAcceptRetry{100};

// Memory that is not to be had can end an operation before its handler is called. So now and then,
// and after each such failure, `resume` starts anew what has to go on.
constexpr std::chrono::seconds kResume{1};

template <class Resume>
void run(asio::io_context& context, Resume resume) {
  while (!context.stopped()) {
    try {
      resume();
      context.run_for(kResume);
    } catch (const std::exception& e) {
      spdlog::error("a connection failed: {}", e.what());
    }
  }
}

// Counts what is under way: it goes with the handler that holds it, called or not.
class UnderWay {
 public:
  explicit UnderWay(int& count) : count_(&count) { ++*count_; }
  ~UnderWay() {
    if (count_ != nullptr) --*count_;
  }
  UnderWay(UnderWay&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  UnderWay& operator=(UnderWay&&) = delete;

 private:
  int* count_;
};

Post post_to(const std::shared_ptr<Worker>& worker) {
  return [weak = std::weak_ptr(worker)](std::function<void()> task) {
    if (const auto target = weak.lock()) asio::post(target->context, std::move(task));
  };
}

class Listener {
 public:
  virtual ~Listener() = default;
  // Accepts from now on; nothing to do if it does so already.
  virtual void resume() = 0;
  virtual void stop() = 0;
};

// Accepts in the first worker's thread; each connection goes to the next worker in turn.
template <class Protocol>
class ProtocolListener final : public Listener {
 public:
  using Acceptor = asio::basic_socket_acceptor<Protocol, Executor>;
  using Workers = std::vector<std::shared_ptr<Worker>>;

  ProtocolListener(Acceptor acceptor, const Workers& workers, ServerLoad& load, std::size_t most)
      : acceptor_(std::move(acceptor)),
        retry_(workers.front()->context),
        workers_(workers),
        load_(load),
        most_(most) {}

  void resume() override {
    if (!stopping_ && under_way_ == 0) accept();
  }

  void stop() override {
    stopping_ = true;
    acceptor_.close();
    retry_.cancel();
  }

 private:
  using Socket = asio::basic_stream_socket<Protocol, Executor>;
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;

  void accept() {
    Worker& worker = *workers_[next_++ % workers_.size()];
    acceptor_.async_accept(worker.context, [this, &worker, under_way = UnderWay(under_way_)](
                                               error_code error, Socket socket) {
      if (stopping_ || error == asio::error::operation_aborted) return;
      if (error) return accept_later(error);
      accept();
      hand_over(worker, std::move(socket));
    });
  }

  void hand_over(Worker& worker, Socket socket) {
    Place place(load_);
    if (place.before() >= most_) return;
    asio::post(worker.context,
               [&worker, socket = std::move(socket), place = std::move(place)]() mutable {
                 worker.adopt(std::move(socket), std::move(place));
               });
  }

  // Out of descriptors, for example: trying again at once would only burn the processor.
  void accept_later(error_code error) {
    spdlog::error("a connection cannot be accepted: {}", error.message());
    retry_.expires_after(kAcceptRetry);
    retry_.async_wait([this, under_way = UnderWay(under_way_)](error_code cancelled) {
      if (!stopping_ && !cancelled) accept();
    });
  }

  Acceptor acceptor_;
  Timer retry_;
  const Workers& workers_;
  ServerLoad& load_;
  const std::size_t most_;
  std::size_t next_ = 0;
  int under_way_ = 0;  // waiting for a connection, or to try again
  bool stopping_ = false;
};

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const Options& options, const SiteFactory& make_site)
      : options_(options), load_(std::make_shared<ServerLoad>(options, options.waiting)) {
    for (unsigned i = 0; i < std::max(options.workers, 1U); ++i) {
      workers_.push_back(std::make_shared<Worker>(options, load_, options.tls));
    }
    options.socket.empty() ? listen_tcp() : listen_unix();
    make_sites(make_site);
  }

  ~Impl() { stop(); }

  std::uint16_t port() const { return port_; }
  std::size_t connections() const { return load_->connections; }

  void start() {
    running_ = workers_.size();
    for (const auto& worker : workers_) {
      threads_.emplace_back([this, worker] {
        run(worker->context, [this, &worker] {
          worker->resume();
          if (worker == workers_.front()) listener_->resume();
        });
        const std::lock_guard lock(mutex_);
        --running_;
        stopped_.notify_one();
      });
    }
  }

  void stop() {
    if (std::exchange(stop_called_, true)) return;
    asio::post(workers_.front()->context, [this] { listener_->stop(); });
    for (const auto& worker : workers_) {
      asio::post(worker->context, [&worker = *worker] { worker.stop(); });
    }
    {
      std::unique_lock lock(mutex_);
      stopped_.wait_for(lock, options_.stop_timeout, [this] { return running_ == 0; });
    }
    for (const auto& worker : workers_) worker->context.stop();
    for (auto& thread : threads_) thread.join();
    for (const auto& worker : workers_) worker->clear();
    socket_.reset();
  }

 private:
  // At the same time: a site may compile a schema of its own, which takes as long as all the rest
  // of a start.
  void make_sites(const SiteFactory& make_site) {
    std::vector<std::future<std::unique_ptr<Site>>> sites;
    for (const auto& worker : workers_) {
      sites.push_back(
          std::async(std::launch::async, make_site, SiteContext{port_, post_to(worker)}));
    }
    for (std::size_t i = 0; i < sites.size(); ++i) workers_[i]->site = sites[i].get();
  }

  template <class Protocol>
  void listen(asio::basic_socket_acceptor<Protocol, Executor> acceptor) {
    listener_ = std::make_unique<ProtocolListener<Protocol>>(
        std::move(acceptor), workers_, *load_, options_.max_connections + kTurnedAway);
  }

  void listen_tcp() {
    try {
      const tcp::endpoint endpoint(asio::ip::make_address(options_.address), options_.port);
      asio::basic_socket_acceptor<tcp, Executor> acceptor(workers_.front()->context, endpoint,
                                                          /*reuse_addr=*/true);
      port_ = acceptor.local_endpoint().port();
      listen(std::move(acceptor));
    } catch (const boost::system::system_error& e) {
      throw std::runtime_error("cannot listen on " + options_.address + ":" +
                               std::to_string(options_.port) + ": " + e.code().message());
    }
  }

  void listen_unix() {
    socket_.emplace(options_.socket, options_.socket_mode);
    asio::basic_socket_acceptor<asio::local::stream_protocol, Executor> acceptor(
        workers_.front()->context);
    acceptor.assign({}, socket_->release());
    listen(std::move(acceptor));
  }

  const Options options_;
  const std::shared_ptr<ServerLoad> load_;
  std::vector<std::shared_ptr<Worker>> workers_;
  std::optional<dcc::host::UnixListener> socket_;
  std::unique_ptr<Listener> listener_;
  std::uint16_t port_ = 0;
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
std::size_t HttpServer::connections() const {
  return impl_->connections();
}
void HttpServer::start() {
  impl_->start();
}
void HttpServer::stop() {
  impl_->stop();
}

}  // namespace sample
