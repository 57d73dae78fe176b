// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite/reader.hpp"

#include <string>

namespace sample::sqlite {

Reader::Reader(const std::filesystem::path& file, std::chrono::milliseconds patience)
    : db_(file, patience),
      chains_(chains_of(db_)),
      begin_(db_, "BEGIN"),
      end_(db_, "ROLLBACK"),
      replay_(db_,
              "SELECT digest, response, packed, cursor FROM outcomes"
              " WHERE originator = ?1 AND target = ?2 AND counter = ?3"),
      remembered_(db_,
                  "SELECT digest, cursor FROM remembered"
                  " WHERE originator = ?1 AND target = ?2 AND counter = ?3"),
      forgotten_(db_, "SELECT counter FROM forgotten WHERE originator = ?1"),
      facts_(db_) {}

class Reader::Moment {
 public:
  explicit Moment(Reader& reader) : reader_(reader) {
    if (reader_.db_.in_transaction()) run(reader_.end_);  // the last one could not be ended
    run(reader_.begin_);
  }
  ~Moment() {
    try {
      run(reader_.end_);
    } catch (const StoreError&) {
      // The next one tries again.
    }
  }
  Moment(const Moment&) = delete;
  Moment& operator=(const Moment&) = delete;

 private:
  Reader& reader_;
};

void Reader::answer(std::span<dcc::adaptor::Inquiry> inquiries) {
  const Moment moment(*this);
  for (dcc::adaptor::Inquiry& inquiry : inquiries) answer(inquiry);
}

void Reader::answer(dcc::adaptor::Inquiry& inquiry) {
  const RequestId& id = inquiry.request_id;
  if (Run before(replay_, id.originator, id.target, id.counter); before.next()) {
    inquiry.before = {std::string(before.text(0)), response_in(before)};
    return;
  }
  if (Run archived(remembered_, id.originator, id.target, id.counter); archived.next()) {
    const ChainPlace& chain = chain_of(chains_, archived.integer(1));
    inquiry.before = {
        std::string(archived.text(0)), {}, archived.integer(1) - chain.offset, chain.name};
    return;
  }
  if (Run highest(forgotten_, id.originator); highest.next()) {
    inquiry.forgotten = highest.eui(0).value;
  }
  for (dcc::host::Fact& fact : inquiry.facts.all()) {
    if (fact.state == dcc::host::Fact::State::asked) facts_.answer(fact);
  }
}

std::string Reader::response_in(const Run& row) try {
  return std::string(row.is_null(2) ? row.text(1) : packing_.unpack(row.text(2)).response);
} catch (const UnreadableContent& error) {
  throw dcc::adaptor::UnreadableOutcome("store " + db_.file().string() + ": outcome " +
                                        std::to_string(row.integer(3)) +
                                        " cannot be read: " + error.what());
}

}  // namespace sample::sqlite
