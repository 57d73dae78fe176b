// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/reader.hpp"

#include <string>

namespace sample::sqlite {

Reader::Reader(const std::filesystem::path& file, std::chrono::milliseconds patience)
    : db_(file, patience),
      begin_(db_, "BEGIN"),
      end_(db_, "ROLLBACK"),
      replay_(db_,
              "SELECT digest, response FROM outcomes"
              " WHERE originator = ?1 AND target = ?2 AND counter = ?3"),
      facts_(db_) {}

void Reader::begin() {
  if (db_.in_transaction()) run(end_);  // the last one could not be ended
  run(begin_);
}

void Reader::end() noexcept {
  try {
    run(end_);
  } catch (const StoreError&) {
    // begin() tries again.
  }
}

void Reader::answer(dcc::host::Facts& facts) {
  for (dcc::host::Fact& fact : facts.all()) {
    if (fact.state == dcc::host::Fact::State::asked) facts_.answer(fact);
  }
}

std::optional<Replay> Reader::replay(const RequestId& id) {
  Run run(replay_, id.originator, id.target, id.counter);
  if (!run.next()) return std::nullopt;
  return Replay{std::string(run.text(0)), std::string(run.text(1))};
}

}  // namespace sample::sqlite
