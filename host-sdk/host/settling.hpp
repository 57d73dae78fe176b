// SPDX-License-Identifier: Apache-2.0
//
// When is a change of a directory complete? Copying programs and editors write in several steps.
// Reads no clock; one thread at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string>

namespace dcc::host {

// A change is complete when nothing has happened for `settle`, at the latest `patience` after its
// first event; but while a file is being written (modified and not closed), only when it is closed
// or nothing has happened for `writing`.
class Settling {
 public:
  using Clock = std::chrono::steady_clock;
  struct Times {
    std::chrono::milliseconds settle{50};
    std::chrono::milliseconds patience{400};
    std::chrono::milliseconds writing{10'000};
  };

  explicit Settling(const Times& times) : times_(times) {}

  // Something has happened; before the two below, if it was one of them.
  void event(Clock::time_point now) {
    if (!first_) first_ = now;
    last_ = now;
  }
  void modified(const std::string& file) { being_written_.insert(file); }
  // Patience begins with the last file's end: another one may follow it.
  void closed(const std::string& file) {
    if (being_written_.erase(file) > 0 && being_written_.empty()) first_ = last_;
  }

  // When the change under way is complete if nothing more happens; nothing: there is none.
  std::optional<Clock::time_point> due() const {
    if (!first_) return std::nullopt;
    if (!being_written_.empty()) return last_ + times_.writing;
    return std::min(last_ + times_.settle, *first_ + times_.patience);
  }

  // The change is dealt with; what comes now is another one.
  void reset() {
    first_.reset();
    being_written_.clear();
  }

 private:
  Times times_;
  std::optional<Clock::time_point> first_;
  Clock::time_point last_{};
  std::set<std::string> being_written_;
};

}  // namespace dcc::host
