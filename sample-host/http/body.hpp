// SPDX-License-Identifier: Apache-2.0
//
// A request's body as Beast reads it: octets, each paid for from a budget that all requests of a
// server share, as it arrives and before it is kept. So the sum of all bodies is bounded, whatever
// clients announce.
#pragma once

#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional.hpp>
#include <boost/system/errc.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace sample {

// Safe from any thread.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t octets) : left_(octets) {}

  // Is there room for that much more just now?
  bool has(std::uint64_t octets) const { return octets <= left_.load(std::memory_order_relaxed); }

  bool take(std::size_t octets) {
    std::size_t left = left_.load(std::memory_order_relaxed);
    do {
      if (octets > left) return false;
    } while (!left_.compare_exchange_weak(left, left - octets, std::memory_order_relaxed));
    return true;
  }
  void give_back(std::size_t octets) { left_.fetch_add(octets, std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> left_;
};

// What one request has taken; given back at its end. For one thread at a time.
class BodyShare {
 public:
  BodyShare() = default;
  explicit BodyShare(BodyBudget& budget) : budget_(&budget) {}
  ~BodyShare() { release(); }
  BodyShare(BodyShare&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)), taken_(std::exchange(other.taken_, 0)) {}
  BodyShare& operator=(BodyShare&& other) noexcept {
    release();
    budget_ = std::exchange(other.budget_, nullptr);
    taken_ = std::exchange(other.taken_, 0);
    return *this;
  }

  bool grow(std::size_t octets) {
    if (budget_ == nullptr || !budget_->take(octets)) return false;
    taken_ += octets;
    return true;
  }
  void release() {
    if (budget_ != nullptr) budget_->give_back(std::exchange(taken_, 0));
  }

 private:
  BodyBudget* budget_ = nullptr;
  std::size_t taken_ = 0;
};

// Beast's concept of a Body. A body that the budget does not allow ends with kOverBudget.
struct BudgetedBody {
  static constexpr auto kOverBudget = boost::system::errc::not_enough_memory;

  struct value_type {
    std::string octets;
    BodyShare share;
  };

  class reader {
   public:
    template <bool isRequest, class Fields>
    reader(boost::beast::http::header<isRequest, Fields>&, value_type& body) : body_(body) {}

    void init(const boost::optional<std::uint64_t>& length, boost::system::error_code& error) {
      // As much as most requests need at once; more only when it is there.
      constexpr std::uint64_t kAhead = 16U << 10;
      if (length && *length <= kAhead) body_.octets.reserve(static_cast<std::size_t>(*length));
      error = {};
    }

    template <class Buffers>
    std::size_t put(const Buffers& buffers, boost::system::error_code& error) {
      const std::size_t size = boost::asio::buffer_size(buffers);
      if (!body_.share.grow(size)) {
        error = boost::system::errc::make_error_code(kOverBudget);
        return 0;
      }
      for (const auto part : boost::beast::buffers_range_ref(buffers)) {
        body_.octets.append(static_cast<const char*>(part.data()), part.size());
      }
      error = {};
      return size;
    }

    void finish(boost::system::error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

}  // namespace sample
