// SPDX-License-Identifier: Apache-2.0
//
// What the host counts while it answers: each worker in a block of its own, which nobody else's
// request touches; who looks sums them up. Counting takes nanoseconds and no memory, and is safe
// from any thread: a request that was decided is answered from the committer's.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "adaptor/reply.hpp"
#include "dcc/response_codes.hpp"

namespace sample::metrics {

class Counter {
 public:
  void add(std::uint64_t more = 1) noexcept { value_.fetch_add(more, std::memory_order_relaxed); }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

// Upper bounds of buckets, included: of times, in nanoseconds, and of batches, in outcomes.
inline constexpr std::array<std::uint64_t, 20> kTimeBounds{
    5'000,       10'000,        25'000,        50'000,        100'000,
    250'000,     500'000,       1'000'000,     2'500'000,     5'000'000,
    10'000'000,  25'000'000,    50'000'000,    100'000'000,   250'000'000,
    500'000'000, 1'000'000'000, 2'000'000'000, 3'000'000'000, 10'000'000'000};
inline constexpr std::array<std::uint64_t, 9> kBatchBounds{1, 2, 4, 8, 16, 32, 64, 128, 256};

// Of several histograms of one kind together; the last bucket has no bound.
struct HistogramSum {
  std::vector<std::uint64_t> buckets;
  std::uint64_t sum = 0;
};

template <const auto& kBounds>
class Histogram {
 public:
  void observe(std::uint64_t value) noexcept {
    const auto at = std::lower_bound(kBounds.begin(), kBounds.end(), value) - kBounds.begin();
    buckets_[static_cast<std::size_t>(at)].add();
    sum_.add(value);
  }
  void observe(std::chrono::nanoseconds time) noexcept {
    observe(static_cast<std::uint64_t>(std::max<std::chrono::nanoseconds::rep>(time.count(), 0)));
  }
  void add_to(HistogramSum& total) const {
    total.buckets.resize(buckets_.size());
    for (std::size_t i = 0; i < buckets_.size(); ++i) total.buckets[i] += buckets_[i].value();
    total.sum += sum_.value();
  }

 private:
  std::array<Counter, kBounds.size() + 1> buckets_;
  Counter sum_;
};

using Times = Histogram<kTimeBounds>;

// A label's values: those of the set, and "other" behind them for whatever else comes.
inline constexpr std::string_view kOther = "other";

template <std::size_t kSize>
struct LabelSet {
  static constexpr std::size_t kValues = kSize + 1;
  std::array<std::string_view, kSize> names;

  constexpr std::size_t index(std::string_view name) const noexcept {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  }
  constexpr std::string_view name(std::size_t at) const { return at < kSize ? names[at] : kOther; }
};

// "none": the User is not known.
inline constexpr LabelSet<9> kRoles{{"EIS", "GIS", "SNA", "ES", "ED", "GT", "OU", "MDR", "none"}};
inline constexpr LabelSet<13> kStatuses{
    {"200", "400", "403", "404", "405", "408", "409", "413", "415", "431", "500", "501", "503"}};
inline constexpr LabelSet<10> kReasons{
    {dcc::adaptor::title::kNotValid, dcc::adaptor::title::kSignature, dcc::adaptor::title::kSender,
     dcc::adaptor::title::kReused, dcc::adaptor::title::kForgotten, dcc::adaptor::title::kNoHandler,
     dcc::adaptor::title::kNoStore, dcc::adaptor::title::kNotSigned, dcc::adaptor::title::kFailed,
     dcc::adaptor::title::kOverloaded}};

// The SRVs that were answered with a response. Only one that has a handler is, so they are what an
// operator installs, not what a client sends. The first kMost of them have names.
class SrvNames {
 public:
  static constexpr std::size_t kMost = 15;
  static constexpr std::size_t kValues = kMost + 1;

  // Its place, which it keeps; kMost: it has none. From any thread.
  std::size_t index(std::string_view srv) noexcept;
  std::string_view name(std::size_t at) const noexcept;

 private:
  std::size_t find(std::string_view srv) const noexcept;
  std::size_t learn(std::string_view srv) noexcept;

  std::mutex learning_;
  std::array<std::array<char, 16>, kMost> names_{};  // each ends with a zero
  std::atomic<std::size_t> count_ = 0;
};

// One worker's.
class WorkerTraffic {
 public:
  explicit WorkerTraffic(SrvNames& srvs) : srvs_(srvs) {}

  // An answer of whatever kind. `shed`: the listener had no room for the request.
  void answered(unsigned status, bool shed, std::optional<std::chrono::nanoseconds> waited,
                std::chrono::nanoseconds took) noexcept;
  // What the adaptor has come to: a response, a repeated one, or a refusal.
  void replied(const dcc::adaptor::Reply& reply) noexcept;

 private:
  friend class Traffic;
  static constexpr std::size_t kCodes = dcc::kResponseCodes.size() + 1;

  std::size_t outcome_index(const dcc::adaptor::Reply& reply) const noexcept;

  SrvNames& srvs_;
  std::array<Counter, decltype(kStatuses)::kValues> statuses_;
  std::array<Counter, decltype(kReasons)::kValues> reasons_;
  Counter repeats_, shed_;
  Times waited_, decision_, commit_, took_;
  std::array<Counter, SrvNames::kValues* decltype(kRoles)::kValues * kCodes> outcomes_;
};

// All of it at one moment, or nearly: what is counted meanwhile may be in one sum and not yet in
// another.
struct Totals {
  struct Outcome {
    std::string_view srv, role, code;
    std::uint64_t count = 0;
  };
  std::vector<Outcome> outcomes;                                     // only those that there were
  std::vector<std::pair<std::string_view, std::uint64_t>> answers;   // by status, all of them
  std::vector<std::pair<std::string_view, std::uint64_t>> refusals;  // by reason, all of them
  std::uint64_t repeats = 0, shed = 0, failed_commits = 0;
  HistogramSum waited, decision, commit, took, batches;
};

// Safe from any thread.
class Traffic {
 public:
  // A block for one worker, which lives as long as this.
  WorkerTraffic& worker();

  // A transaction of the store has ended; for the thread that commits. `at`: Unix milliseconds.
  void committed(std::size_t outcomes, bool succeeded, std::int64_t at) noexcept;
  // When one succeeded last, and whether the last one did not. Zero: none yet.
  std::int64_t last_commit() const { return last_commit_.load(std::memory_order_relaxed); }
  bool last_commit_failed() const { return last_failed_.load(std::memory_order_relaxed); }

  Totals totals() const;

 private:
  SrvNames srvs_;
  mutable std::mutex mutex_;  // guards the list, not what is counted
  std::deque<WorkerTraffic> workers_;
  Histogram<kBatchBounds> batches_;
  Counter failed_commits_;
  std::atomic<std::int64_t> last_commit_ = 0;
  std::atomic<bool> last_failed_ = false;
};

}  // namespace sample::metrics
