// SPDX-License-Identifier: Apache-2.0
//
// The smallest store: two files in a directory, for one process at a time. `outcomes` has a line of
// JSON for each transaction, `facts` a line for each thing that became known, as an adaptor's own
// database would tell it. All of it is in memory, too.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "adaptor/store.hpp"

// Safe from any thread. Functions throw dcc::adaptor::StoreError.
class FileStore final : public dcc::adaptor::Store, private dcc::adaptor::Chain {
 public:
  using Which = Store::Which;

  // Makes the directory if it is absent.
  explicit FileStore(const std::filesystem::path& directory);
  ~FileStore() override;

  std::unique_ptr<dcc::adaptor::StoreReader> reader() override;
  std::unique_ptr<dcc::adaptor::StoreWriter> writer(std::size_t lane) override;
  std::vector<dcc::adaptor::Chain*> chains() override { return {this}; }

  std::vector<dcc::adaptor::StoredOutcome> outcomes(Which which, std::int64_t cursor,
                                                    std::size_t limit, bool with_messages) override;
  dcc::adaptor::AuditHead audit_head() override;

  // From now on this is known. Waits for the transaction under way.
  void tell(const dcc::host::Fact& fact);

 private:
  class Reader;
  class Writer;
  // A file that only grows, a line at a time, each on disk before append() returns.
  class Lines {
   public:
    // Hands the lines that are there to `take`; what a crash has left of a last one is cut off.
    template <typename Take>
    Lines(const std::filesystem::path& file, Take take);
    ~Lines();
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;
    void append(std::string line);

   private:
    [[noreturn]] void fail(const char* what) const;
    const std::filesystem::path file_;
    int fd_ = -1;
    long size_ = 0;  // of whole lines
  };
  using Key = std::pair<std::string, std::string>;  // kind, key

  void take_transaction(const std::string& line);
  void take_fact(const std::string& line);
  void answer(dcc::host::Fact& fact) const;

  const std::filesystem::path directory_;
  std::mutex changing_;       // held by the transaction under way, and by what changes facts
  mutable std::mutex mutex_;  // guards the rest
  std::vector<dcc::adaptor::StoredOutcome> outcomes_;
  std::map<dcc::adaptor::RequestId, std::size_t> by_request_id_;  // places in outcomes_
  std::map<dcc::adaptor::Eui64, std::size_t> returned_;           // how often
  dcc::adaptor::AuditHead head_;
  std::map<Key, dcc::host::Fact> facts_;
  std::unique_ptr<Lines> outcome_lines_, fact_lines_;
};
