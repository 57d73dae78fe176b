// SPDX-License-Identifier: Apache-2.0
//
// Questions of many requests go to the store in one call.
#include "adaptor/inquirer.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <semaphore>

#include "support/empty_store.hpp"
using namespace dcc::adaptor;

namespace {

// Each call says that it has begun and waits until it is let go. It tells each inquiry its own
// counter.
class GatedStore : public support::EmptyStore {
 public:
  std::counting_semaphore<> begun{0}, go{0};
  std::vector<std::size_t> calls;  // sizes; read when the inquirer is gone
  std::atomic<bool> broken = false;

  std::unique_ptr<StoreReader> reader() override { return std::make_unique<Reader>(*this); }

 private:
  class Reader : public StoreReader {
   public:
    explicit Reader(GatedStore& store) : store_(store) {}
    void answer(std::span<Inquiry> inquiries) override {
      store_.begun.release();
      store_.go.acquire();
      store_.calls.push_back(inquiries.size());
      if (store_.broken) throw StoreError("the store is gone");
      for (Inquiry& inquiry : inquiries) inquiry.forgotten = inquiry.request_id.counter;
    }

   private:
    GatedStore& store_;
  };
};

Inquiry numbered(std::uint64_t counter) {
  Inquiry inquiry;
  inquiry.request_id.counter = counter;
  return inquiry;
}

}  // namespace

TEST_CASE("inquirer: what waits while the store answers goes into one call") {
  GatedStore store;
  std::vector<std::uint64_t> told;  // by the inquirer's thread
  const auto done = [&](Inquiry inquiry, const std::exception_ptr& error) {
    if (!error && inquiry.forgotten == inquiry.request_id.counter)
      told.push_back(*inquiry.forgotten);
  };
  {
    Inquirer inquirer(store);
    inquirer.submit(numbered(1), done);
    store.begun.acquire();
    for (std::uint64_t i = 2; i <= 600; ++i) inquirer.submit(numbered(i), done);
    store.go.release(4);
  }
  CHECK(store.calls == std::vector<std::size_t>{1, 256, 256, 87});
  REQUIRE(told.size() == 600);
  for (std::uint64_t i = 1; i <= 600; ++i) CHECK(told[i - 1] == i);
}

TEST_CASE("inquirer: all of a call that failed are told why, and the next is tried") {
  GatedStore store;
  store.broken = true;
  std::promise<std::string> first, second;
  const auto done = [](std::promise<std::string>& to) {
    return [&to](const Inquiry&, const std::exception_ptr& error) {
      try {
        if (error) std::rethrow_exception(error);
        to.set_value("told");
      } catch (const StoreError& why) {
        to.set_value(why.what());
      }
    };
  };
  Inquirer inquirer(store);
  inquirer.submit(numbered(1), done(first));
  store.go.release();
  CHECK(first.get_future().get() == "the store is gone");
  store.broken = false;
  inquirer.submit(numbered(2), done(second));
  store.go.release();
  CHECK(second.get_future().get() == "told");
}

TEST_CASE("inquirer: who has waited too long behind a call that fails is not asked for again") {
  const bool is_patient = GENERATE(true, false);
  GatedStore store;
  store.broken = true;
  std::atomic<int> told = 0, failed = 0;
  const auto done = [&](const Inquiry&, const std::exception_ptr& error) {
    ++(error ? failed : told);
  };
  {
    Inquirer inquirer(store, is_patient ? std::chrono::hours(1) : std::chrono::hours(0));
    inquirer.submit(numbered(1), done);
    store.begun.acquire();
    for (std::uint64_t i = 2; i <= 5; ++i) inquirer.submit(numbered(i), done);
    store.go.release();
    if (is_patient) {
      store.begun.acquire();
      store.broken = false;
      store.go.release();
    }
  }
  CHECK(failed == (is_patient ? 1 : 5));
  CHECK(told == (is_patient ? 4 : 0));
}
