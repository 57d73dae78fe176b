// SPDX-License-Identifier: Apache-2.0
//
// Group commit. A store that waits for the test's word shows what goes together, without clocks.
#include "adaptor/committer.hpp"

#include <atomic>
#include <barrier>
#include <future>
#include <map>
#include <semaphore>
#include <set>
#include <thread>
#include <utility>

#include "support/empty_store.hpp"
#include "unit/store/fixture.hpp"

using namespace sample;
using dcc::adaptor::Committer;
using dcc::adaptor::Ledger;

namespace {

// Each commit says that it has begun and waits until it is let go.
class GatedStore : public support::EmptyStore {
 public:
  std::counting_semaphore<> begun{0};
  std::counting_semaphore<> go{0};
  std::vector<std::size_t> batches;  // sizes; read after the committer has stopped
  bool broken = false;
  std::size_t lane_count = 1;

  std::size_t lanes() const override { return lane_count; }
  std::unique_ptr<dcc::adaptor::StoreWriter> writer(std::size_t) override {
    return std::make_unique<Writer>(*this);
  }

  void commit(std::size_t count) {
    begun.release();
    go.acquire();
    batches.push_back(count);
    if (broken) throw StoreError("store: broken");
  }

 private:
  class Writer : public dcc::adaptor::StoreWriter {
   public:
    explicit Writer(GatedStore& store) : store_(store) {}
    AuditHead begin(std::span<const Outcome* const>, std::span<dcc::adaptor::Standing>) override {
      return {};
    }
    void commit(std::span<const dcc::adaptor::Record> records, const AuditHead&) override {
      store_.commit(records.size());
    }
    void abort() noexcept override {}
    void check() override { store_.commit(0); }

   private:
    GatedStore& store_;
  };
};

dcc::adaptor::Ledgers alone(std::unique_ptr<Ledger> ledger) {
  dcc::adaptor::Ledgers ledgers;
  ledgers.push_back(std::move(ledger));
  return ledgers;
}

Outcome numbered(std::uint64_t counter) {
  Outcome outcome;
  outcome.request_id.counter = counter;
  return outcome;
}

// Collects what the callbacks were given, in order. Written by the committer's thread, read after
// it has stopped.
struct Answers {
  std::vector<std::pair<std::uint64_t, CommitResult>> all;

  Committer::Done done() {
    return [this](CommitResult result, Outcome outcome) {
      all.emplace_back(outcome.request_id.counter, result);
    };
  }
};

}  // namespace

TEST_CASE("committer: what waits while the disk is busy goes in one transaction") {
  GatedStore store;
  store.lane_count = GENERATE(1U, 2U);
  Answers answers;
  Committer committer(ledgers_of(store), {.alone = std::chrono::hours(1)}, {});
  std::binary_semaphore answered{0};
  REQUIRE(committer.submit(numbered(1), [&](CommitResult result, Outcome outcome) {
    answers.done()(result, std::move(outcome));
    answered.release();
  }));
  store.begun.acquire();
  for (std::uint64_t i = 2; i <= 6; ++i) REQUIRE(committer.submit(numbered(i), answers.done()));
  store.go.release();
  answered.acquire();
  store.begun.acquire();
  store.go.release();
  committer.stop();

  CHECK(store.batches == std::vector<std::size_t>{1, 5});
  REQUIRE(answers.all.size() == 6);
  for (std::uint64_t i = 1; i <= 6; ++i) {
    CHECK(answers.all[i - 1] == std::pair(i, CommitResult::committed));
  }
}

TEST_CASE("committer: a transaction takes no more than its limit") {
  GatedStore store;
  Answers answers;
  Committer committer(ledgers_of(store), {.waiting = 100, .group = 4}, {});
  REQUIRE(committer.submit(numbered(1), answers.done()));
  store.begun.acquire();
  for (std::uint64_t i = 2; i <= 10; ++i) REQUIRE(committer.submit(numbered(i), answers.done()));
  store.go.release(4);
  committer.stop();
  CHECK(store.batches == std::vector<std::size_t>{1, 4, 4, 1});
  CHECK(answers.all.size() == 10);
}

namespace {

// A committer that would wait a whole hour for others to come.
Committer patient(GatedStore& store, Committer::MoreToCome more_to_come) {
  return {ledgers_of(store),
          {.enough = 3, .patience = std::chrono::hours(1)},
          {},
          std::move(more_to_come)};
}

bool always() {
  return true;
}

}  // namespace

TEST_CASE("committer: outcomes that are known to come are waited for, until there are enough") {
  GatedStore store;
  Answers answers;
  Committer committer = patient(store, always);
  for (std::uint64_t i = 1; i <= 3; ++i) REQUIRE(committer.submit(numbered(i), answers.done()));
  store.begun.acquire();
  store.go.release();
  committer.stop();
  CHECK(store.batches == std::vector<std::size_t>{3});
}

TEST_CASE("committer: the last outcome of those that come is not waited beyond") {
  GatedStore store;
  Answers answers;
  // Until it is asked in this thread, which it is by the second submit(): whenever the committer
  // looks before that, there is more to come.
  std::atomic<bool> more = true;
  Committer committer = patient(store, [&more, submitter = std::this_thread::get_id()] {
    if (std::this_thread::get_id() == submitter) more = false;
    return more.load();
  });
  REQUIRE(committer.submit(numbered(1), answers.done()));
  REQUIRE(committer.submit(numbered(2), answers.done()));
  store.begun.acquire();
  store.go.release(2);
  committer.stop();
  CHECK(store.batches == std::vector<std::size_t>{2});
}

TEST_CASE("committer: what does not come is waited for only so long, and not at a stop") {
  GatedStore store;
  Answers answers;
  store.go.release(2);
  {
    Committer committer(ledgers_of(store), {.patience = std::chrono::microseconds(100)}, {},
                        always);
    REQUIRE(committer.submit(numbered(1), answers.done()));
    store.begun.acquire();
  }
  Committer committer = patient(store, always);
  REQUIRE(committer.submit(numbered(2), answers.done()));
  committer.stop();
  CHECK(store.batches == std::vector<std::size_t>{1, 1});
}

TEST_CASE("committer: more than may wait is refused and left with the caller") {
  GatedStore store;
  Answers answers;
  Committer committer(ledgers_of(store), {.waiting = 2, .group = 10}, {});
  REQUIRE(committer.submit(numbered(1), answers.done()));
  store.begun.acquire();
  REQUIRE(committer.submit(numbered(2), answers.done()));
  REQUIRE(committer.submit(numbered(3), answers.done()));

  Outcome refused = numbered(4);
  refused.response = "kept";
  Committer::Done done = answers.done();
  CHECK_FALSE(committer.submit(std::move(refused), std::move(done)));
  CHECK(refused.response == "kept");
  CHECK(done);

  store.go.release(2);
  committer.stop();
  CHECK(answers.all.size() == 3);
}

TEST_CASE("committer: how long a commit may take is judged by the one under way") {
  using std::chrono::microseconds;
  GatedStore store;
  Answers answers;
  Committer committer(ledgers_of(store), {.waiting = 100, .group = 2}, {});
  CHECK(committer.expected_wait() == microseconds(0));
  REQUIRE(committer.submit(numbered(1), answers.done()));
  store.begun.acquire();
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < microseconds(500)) continue;
  // The one under way has taken that long, and the next one comes after it.
  CHECK(committer.expected_wait() >= 2 * microseconds(500));
  for (std::uint64_t i = 2; i <= 5; ++i) REQUIRE(committer.submit(numbered(i), answers.done()));
  // Two full ones stand between.
  CHECK(committer.expected_wait() >= 4 * microseconds(500));
  store.go.release(3);
  committer.stop();
  // Idle again: else nothing would be admitted that could show that the disk is fast now.
  CHECK(committer.expected_wait() == microseconds(0));
}

TEST_CASE("committer: what was slow before a pause tells nothing, nor does a failure") {
  using std::chrono::microseconds;
  constexpr microseconds kSlow{20'000};
  GatedStore store;
  Answers answers;
  store.broken = GENERATE(false, true);
  Committer committer(ledgers_of(store), {.waiting = 100, .group = 1}, {});
  REQUIRE(committer.submit(numbered(1), answers.done()));
  store.begun.acquire();
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < kSlow) continue;
  store.go.release();
  if (!store.broken) {
    // Idle when this one has begun; let go at once, it is fast.
    while (committer.expected_wait() > microseconds(0)) std::this_thread::yield();
  } else {
    REQUIRE(committer.submit(numbered(2), answers.done()));
  }
  REQUIRE(committer.submit(numbered(3), answers.done()));
  const auto submitted = std::chrono::steady_clock::now();
  store.begun.acquire();
  const auto wait = committer.expected_wait();
  // By the one under way, and those behind it: not by what was before.
  const auto elapsed = std::chrono::steady_clock::now() - submitted;
  if (elapsed < kSlow / 8) CHECK(wait < kSlow);
  store.go.release(3);
  committer.stop();
}

TEST_CASE("committer: whether the store is usable is known from commits, or found out") {
  GatedStore store;
  Answers answers;
  std::vector<std::string> failures;
  Committer committer(ledgers_of(store), {},
                      [&](const std::exception& e) { failures.push_back(e.what()); });
  using std::chrono::hours;
  using std::chrono::milliseconds;
  SECTION("it does not answer") {
    CHECK_FALSE(committer.is_usable(milliseconds(1)));
    const auto begin = std::chrono::steady_clock::now();
    store.go.release(2);  // one for the case that this takes more than a second
    CHECK(committer.is_usable(hours(1)));
    CHECK(committer.is_usable(hours(1)));
    const auto elapsed = std::chrono::steady_clock::now() - begin;
    committer.stop();
    if (elapsed < std::chrono::milliseconds(900)) CHECK(store.batches.size() == 1);
  }
  SECTION("it refuses, and no longer") {
    store.broken = true;
    store.go.release(1);
    CHECK_FALSE(committer.is_usable(hours(1)));
    store.broken = false;
    store.go.release(1);
    CHECK(committer.is_usable(hours(1)));
    CHECK(failures.size() == 1);
  }
  SECTION("a commit failed") {
    store.broken = true;
    REQUIRE(committer.submit(numbered(1), answers.done()));
    store.go.release(2);
    CHECK_FALSE(committer.is_usable(hours(1)));
  }
}

TEST_CASE("committer: a batch that the store refuses fails whole, and the next is tried") {
  GatedStore store;
  Answers answers;
  std::vector<std::string> failures;
  Committer committer(ledgers_of(store), {},
                      [&](const std::exception& e) { failures.push_back(e.what()); });
  REQUIRE(committer.submit(numbered(1), answers.done()));
  store.begun.acquire();
  REQUIRE(committer.submit(numbered(2), answers.done()));
  REQUIRE(committer.submit(numbered(3), answers.done()));
  store.go.release();
  store.begun.acquire();  // of the second batch, which waits
  REQUIRE(committer.submit(numbered(4), answers.done()));
  store.broken = true;
  store.go.release();
  store.begun.acquire();
  store.broken = false;
  store.go.release();
  committer.stop();

  CHECK(failures == std::vector<std::string>{"store: broken"});
  CHECK(answers.all ==
        std::vector<std::pair<std::uint64_t, CommitResult>>{{1, CommitResult::committed},
                                                            {2, CommitResult::failed},
                                                            {3, CommitResult::failed},
                                                            {4, CommitResult::committed}});
}

TEST_CASE("committer: stopping commits what was accepted and accepts no more") {
  GatedStore store;
  Answers answers;
  Committer committer(ledgers_of(store), {}, {});
  REQUIRE(committer.submit(numbered(1), answers.done()));
  store.begun.acquire();
  REQUIRE(committer.submit(numbered(2), answers.done()));
  auto stopped = std::async(std::launch::async, [&] { committer.stop(); });
  store.go.release(2);
  stopped.get();
  CHECK(answers.all.size() == 2);
  CHECK_FALSE(committer.submit(numbered(3), answers.done()));
  committer.stop();  // again is nothing
  CHECK(answers.all.size() == 2);
}

TEST_CASE("committer: a callback may submit") {
  GatedStore store;
  Answers answers;
  Committer committer(ledgers_of(store), {}, {});
  std::promise<bool> resubmitted;
  REQUIRE(committer.submit(numbered(1), [&](CommitResult, Outcome outcome) {
    resubmitted.set_value(committer.submit(std::move(outcome), answers.done()));
  }));
  store.go.release(2);
  CHECK(resubmitted.get_future().get());
  committer.stop();
  CHECK(answers.all.size() == 1);
  CHECK(store.batches == std::vector<std::size_t>{1, 1});
}

TEST_CASE_METHOD(StoreFixture, "committer: many threads, one store, each outcome once") {
  fill();
  constexpr std::uint64_t kThreads = 4, kEach = 50;
  std::map<std::uint64_t, CommitResult> results;  // by the committer's thread
  {
    Committer committer(alone(std::move(ledger)), {}, {});
    const Outcome original = outcome(0);
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (std::uint64_t i = 1; i <= kEach; ++i) {
          Outcome copy = original;
          copy.request_id.counter = t * kEach + i;
          if (!committer.submit(std::move(copy), [&](CommitResult result, Outcome o) {
                results[o.request_id.counter] = result;
              })) {
            std::abort();
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(results.size() == kThreads * kEach);
  for (const auto& [counter, result] : results) CHECK(result == CommitResult::committed);
  CHECK(outcomes().size() == kThreads * kEach);
}

TEST_CASE_METHOD(StoreFixture, "committer: copies of one request in flight give one outcome") {
  fill();
  const Outcome original = outcome(1);
  std::map<CommitResult, int> results;
  {
    Committer committer(alone(std::move(ledger)), {}, {});
    for (int i = 0; i < 20; ++i) {
      REQUIRE(committer.submit(Outcome(original),
                               [&](CommitResult result, Outcome) { ++results[result]; }));
    }
  }
  CHECK(results ==
        std::map<CommitResult, int>{{CommitResult::committed, 1}, {CommitResult::duplicate, 19}});
  CHECK(outcomes().size() == 1);
}

namespace {

// Two lanes. The first to commit is broken from then on, until it is mended.
class HalfBrokenStore : public support::EmptyStore {
 public:
  std::atomic<int> broken{-1};  // a lane; -1: the next that commits
  std::counting_semaphore<> checked{0};

  std::size_t lanes() const override { return 2; }
  std::unique_ptr<dcc::adaptor::StoreWriter> writer(std::size_t lane) override {
    return std::make_unique<Writer>(*this, static_cast<int>(lane));
  }

 private:
  class Writer : public dcc::adaptor::StoreWriter {
   public:
    Writer(HalfBrokenStore& store, int lane) : store_(store), lane_(lane) {}
    AuditHead begin(std::span<const Outcome* const>, std::span<dcc::adaptor::Standing>) override {
      int first = -1;
      store_.broken.compare_exchange_strong(first, lane_);
      if (store_.broken == lane_) throw StoreError("lane broken");
      return {};
    }
    void commit(std::span<const dcc::adaptor::Record>, const AuditHead&) override {}
    void abort() noexcept override {}
    void check() override {
      if (store_.broken == lane_) throw StoreError("lane still broken");
      store_.checked.release();
    }

   private:
    HalfBrokenStore& store_;
    const int lane_;
  };
};

// Two lanes whose commits meet: neither ends before the other has begun.
class MeetingStore : public support::EmptyStore {
 public:
  std::barrier<> meeting{2};
  std::counting_semaphore<> begun{0};

  std::size_t lanes() const override { return 2; }
  std::unique_ptr<dcc::adaptor::StoreWriter> writer(std::size_t) override {
    return std::make_unique<Writer>(*this);
  }

 private:
  class Writer : public dcc::adaptor::StoreWriter {
   public:
    explicit Writer(MeetingStore& store) : store_(store) {}
    AuditHead begin(std::span<const Outcome* const>, std::span<dcc::adaptor::Standing>) override {
      store_.begun.release();
      store_.meeting.arrive_and_wait();
      return {};
    }
    void commit(std::span<const dcc::adaptor::Record>, const AuditHead&) override {}
    void abort() noexcept override {}
    void check() override {}

   private:
    MeetingStore& store_;
  };
};

}  // namespace

TEST_CASE("committer: a batch for each lane is under way at once") {
  MeetingStore store;
  std::atomic<int> committed = 0;
  Committer committer(ledgers_of(store), {.waiting = 100, .group = 1}, {});
  for (std::uint64_t i = 1; i <= 10; ++i) {
    REQUIRE(committer.submit(numbered(i), [&](CommitResult result, Outcome) {
      if (result == CommitResult::committed) ++committed;
    }));
  }
  committer.stop();
  CHECK(committed == 10);
}

TEST_CASE("committer: a lane begins beside one that takes long") {
  MeetingStore store;
  Committer committer(ledgers_of(store), {.alone = std::chrono::milliseconds(1)}, {});
  for (std::uint64_t i = 1; i <= 2; ++i) {
    REQUIRE(committer.submit(numbered(i), [](CommitResult, Outcome) {}));
    store.begun.acquire();
  }
  committer.stop();
}

TEST_CASE("committer: a lane that fails takes nothing away from one that works") {
  HalfBrokenStore store;
  std::mutex mutex;
  std::set<std::string> failures;
  Committer committer(ledgers_of(store), {}, [&](const std::exception& e) {
    const std::lock_guard lock(mutex);
    failures.insert(e.what());
  });
  const auto commit = [&](std::uint64_t counter) {
    std::promise<CommitResult> result;
    REQUIRE(committer.submit(numbered(counter),
                             [&](CommitResult found, Outcome) { result.set_value(found); }));
    return result.get_future().get();
  };
  CHECK(commit(1) == CommitResult::failed);
  for (std::uint64_t i = 2; i <= 50; ++i) CHECK(commit(i) == CommitResult::committed);
  store.broken = -2;
  store.checked.acquire();  // it is tried until it works
  CHECK(commit(51) == CommitResult::committed);
  committer.stop();
  CHECK(failures.contains("lane broken"));
}
