// SPDX-License-Identifier: Apache-2.0
#include "file_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "adaptor/audit.hpp"
#include "adaptor/outcome_json.hpp"

namespace json = boost::json;
using namespace dcc::adaptor;
using dcc::host::Fact;

template <typename Take>
FileStore::Lines::Lines(const std::filesystem::path& file, Take take) : file_(file) {
  fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) fail("cannot be opened");
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) fail("is in use");
  std::ifstream in(file, std::ios::binary);
  const std::string all(std::istreambuf_iterator<char>(in), {});
  for (std::size_t at = 0, end = 0; (end = all.find('\n', at)) != std::string::npos; at = end + 1) {
    take(all.substr(at, end - at));
    size_ = static_cast<long>(end) + 1;
  }
  if (::ftruncate(fd_, size_) != 0) fail("cannot be written");
}

FileStore::Lines::~Lines() {
  ::close(fd_);
}

void FileStore::Lines::append(std::string line) {
  line += '\n';
  if (::pwrite(fd_, line.data(), line.size(), size_) != static_cast<ssize_t>(line.size()) ||
      ::fdatasync(fd_) != 0) {
    const int error = errno;
    // Nothing of it must come back with the next one.
    if (::ftruncate(fd_, size_) != 0) fail("cannot be truncated");
    errno = error;
    fail("cannot be written");
  }
  size_ += static_cast<long>(line.size());
}

void FileStore::Lines::fail(const char* what) const {
  throw StoreError(file_.string() + ": " + what + ": " + std::strerror(errno));
}

FileStore::FileStore(const std::filesystem::path& directory) : directory_(directory) {
  std::filesystem::create_directories(directory);
  head_.hash = kAuditOrigin;
  fact_lines_ = std::make_unique<Lines>(directory / "facts",
                                        [this](const std::string& line) { take_fact(line); });
  outcome_lines_ = std::make_unique<Lines>(
      directory / "outcomes", [this](const std::string& line) { take_transaction(line); });
}

FileStore::~FileStore() = default;

void FileStore::take_transaction(const std::string& line) try {
  const json::value read = json::parse(line);
  for (const json::value& record : read.at("records").as_array()) {
    StoredOutcome stored = record_from_json(record.as_string());
    by_request_id_[stored.outcome.request_id] = outcomes_.size();
    if (stored.accepted_return && stored.outcome.device_id) ++returned_[*stored.outcome.device_id];
    outcomes_.push_back(std::move(stored));
  }
  head_.cursor = outcomes_.back().cursor;
  head_.hash = outcomes_.back().hash;
  head_.signature = *from_hex(read.at("signature").as_string());
} catch (const std::exception& error) {
  throw UnreadableOutcome((directory_ / "outcomes").string() + ": after record " +
                          std::to_string(head_.cursor) + ": " + error.what());
}

void FileStore::take_fact(const std::string& line) try {
  for (Fact& fact : facts_from_json(line)) {
    Key key{fact.kind, fact.key};
    fact.revision = facts_[key].revision + 1;
    facts_[std::move(key)] = std::move(fact);
  }
} catch (const std::exception& error) {
  throw StoreError((directory_ / "facts").string() + ": '" + line + "': " + error.what());
}

void FileStore::tell(const Fact& fact) {
  const std::lock_guard changing(changing_);
  const std::string line = facts_to_json({fact});
  fact_lines_->append(line);
  const std::lock_guard lock(mutex_);
  take_fact(line);
}

// What nobody has told is not there, or a relation that is none.
void FileStore::answer(Fact& fact) const {
  const bool acts = fact.kind == dcc::host::kActsFact || fact.kind == dcc::host::kActsForAnyFact;
  if (const auto known = facts_.find({fact.kind, fact.key}); known != facts_.end()) {
    const Fact& there = known->second;
    there.state == Fact::State::there ? fact.is_there(there.values, there.revision)
                                      : fact.is_not_there(there.revision);
  } else if (acts) {
    fact.is_there({{"acts", "no"}}, 0);
  } else if (fact.kind == dcc::host::kUserFact || fact.kind == dcc::host::kDeviceFact) {
    fact.is_not_there(0);
  } else {
    fact.is_unavailable("this store has no such facts");
  }
}

class FileStore::Reader final : public StoreReader {
 public:
  explicit Reader(FileStore& store) : store_(store) {}

  void answer(std::span<Inquiry> inquiries) override {
    const std::lock_guard lock(store_.mutex_);
    for (Inquiry& inquiry : inquiries) {
      const auto known = store_.by_request_id_.find(inquiry.request_id);
      if (known != store_.by_request_id_.end()) {
        const Outcome& outcome = store_.outcomes_[known->second].outcome;
        inquiry.before = {outcome.digest, outcome.response};
      }
      for (Fact& fact : inquiry.facts.all())
        if (fact.state == Fact::State::asked) store_.answer(fact);
    }
  }

 private:
  FileStore& store_;
};

class FileStore::Writer final : public StoreWriter {
 public:
  explicit Writer(FileStore& store) : store_(store) {}

  AuditHead begin(std::span<const Outcome* const> batch, std::span<Standing> standings) override {
    changing_ = std::unique_lock(store_.changing_);
    const std::lock_guard lock(store_.mutex_);
    for (std::size_t i = 0; i < batch.size(); ++i) standings[i] = standing_of(*batch[i]);
    return store_.head_;
  }

  void commit(std::span<const Record> records, const AuditHead& end) override {
    if (!records.empty()) {
      json::array texts;
      for (const Record& record : records) texts.push_back(json::string(record_to_json(record)));
      const std::string line = json::serialize(
          json::object{{"records", std::move(texts)}, {"signature", hex(end.signature)}});
      store_.outcome_lines_->append(line);
      const std::lock_guard lock(store_.mutex_);
      store_.take_transaction(line);
    }
    changing_.unlock();
  }

  void abort() noexcept override {
    if (changing_.owns_lock()) changing_.unlock();
  }

  void check() override {
    std::ofstream(store_.directory_ / "check") << "ok\n" << std::flush;
    if (!std::filesystem::exists(store_.directory_ / "outcomes"))
      throw StoreError(store_.directory_.string() + ": was moved or removed");
  }

 private:
  Standing standing_of(const Outcome& outcome) const {
    Standing standing;
    standing.is_known = store_.by_request_id_.contains(outcome.request_id);
    standing.was_returned = outcome.device_id && store_.returned_.contains(*outcome.device_id);
    for (const Fact& fact : outcome.facts) {
      if (!fact.used) continue;
      Fact& now = standing.changed.emplace_back();
      now.kind = fact.kind;
      now.key = fact.key;
      store_.answer(now);
    }
    return standing;
  }

  FileStore& store_;
  std::unique_lock<std::mutex> changing_;
};

std::unique_ptr<StoreReader> FileStore::reader() {
  return std::make_unique<Reader>(*this);
}

std::unique_ptr<StoreWriter> FileStore::writer(std::size_t) {
  return std::make_unique<Writer>(*this);
}

std::vector<StoredOutcome> FileStore::outcomes(Which which, std::int64_t cursor, std::size_t limit,
                                               bool with_messages) {
  const std::lock_guard lock(mutex_);
  std::vector<StoredOutcome> page;
  for (const StoredOutcome& stored : outcomes_) {
    if (page.size() == limit) break;
    if (stored.cursor <= cursor) continue;
    if (which == Which::accepted_returns && !stored.accepted_return) continue;
    page.push_back(stored);
    if (with_messages) continue;
    page.back().outcome.request.clear();
    page.back().outcome.response.clear();
  }
  return page;
}

AuditHead FileStore::audit_head() {
  const std::lock_guard lock(mutex_);
  return head_;
}
