// SPDX-License-Identifier: Apache-2.0
//
// What a ledger does when another writer of the store was faster.
#include "adaptor/ledger.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "support/empty_store.hpp"
using namespace dcc::adaptor;

namespace {

// Knows an outcome as soon as another writer was faster so often.
class ContestedStore : public support::EmptyStore {
 public:
  explicit ContestedStore(int conflicts, bool becomes_known)
      : conflicts_(conflicts), becomes_known_(becomes_known) {}

  int begun = 0, aborted = 0;

  std::unique_ptr<StoreWriter> writer(std::size_t) override {
    return std::make_unique<Writer>(*this);
  }

 private:
  class Writer : public StoreWriter {
   public:
    explicit Writer(ContestedStore& store) : store_(store) {}
    AuditHead begin(std::span<const Outcome* const>, std::span<Standing> standings) override {
      standings[0].is_known = ++store_.begun > 1 && store_.becomes_known_;
      return {0, std::string(32, '\0'), {}};
    }
    void commit(std::span<const Record> records, const AuditHead&) override {
      if (!records.empty() && store_.conflicts_-- > 0) throw WriteConflict("another was faster");
    }
    void abort() noexcept override { ++store_.aborted; }
    void check() override {}

   private:
    ContestedStore& store_;
  };

  int conflicts_;
  const bool becomes_known_;
};

std::vector<CommitResult> commit(ContestedStore& store) {
  const Outcome outcome;
  const std::array<const Outcome*, 1> batch{&outcome};
  return Ledger(store).commit(batch);
}

}  // namespace

TEST_CASE("ledger: a batch is taken again where another writer was faster") {
  ContestedStore known(1, true);
  CHECK(commit(known) == std::vector{CommitResult::duplicate});
  CHECK(known.begun == 2);
  ContestedStore unlucky(2, false);
  CHECK(commit(unlucky) == std::vector{CommitResult::committed});
  CHECK(unlucky.begun == 3);
  CHECK(unlucky.aborted == 2);
}

TEST_CASE("ledger: and given up after the third time") {
  ContestedStore store(3, false);
  CHECK_THROWS_AS(commit(store), WriteConflict);
  CHECK(store.begun == 3);
  CHECK(store.aborted == 3);
}
