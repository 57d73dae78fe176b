// SPDX-License-Identifier: Apache-2.0
//
// Sorts the rows of an import, of which there may be more than fit in memory: a run at a time is
// sorted and written to a file, and the runs are merged as the rows are read. Memory: one run, or,
// once there are several, some 200 KiB for each. Rows that are not plain octets all stay in memory.
// One thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "import/spill_file.hpp"

namespace sample {

// `Before`: a strict weak order of rows, such as by key and line.
template <typename Row, typename Before>
class RowSorter {
 public:
  static constexpr std::size_t kRowsInRun = 1'000'000;

  explicit RowSorter(std::size_t rows_in_run = kRowsInRun) : rows_in_run_(rows_in_run) {}

  // Throws std::system_error, as visit() does: the temporary file fails.
  void add(Row row) {
    if constexpr (kSpills) {
      if (rows_.size() == rows_in_run_) spill();
      // To grow further would need twice the memory for a moment.
      if (rows_.size() == kManyRows) rows_.reserve(rows_in_run_);
    }
    rows_.push_back(std::move(row));
    ++size_;
    sorted_ = false;
  }

  std::size_t size() const { return size_; }

  // Gives all rows to `take`, in order, in one span or, if they are in a file, several of them.
  // May be called again.
  template <typename Take>
  void visit(Take take) {
    if (runs_.empty()) {
      sort();
      take(std::span<const Row>(rows_));
      return;
    }
    if constexpr (kSpills) {
      if (!rows_.empty()) spill();
      std::vector<Row>().swap(rows_);
      merge(take);
    }
  }

 private:
  static constexpr bool kSpills = std::is_trivially_copyable_v<Row>;
  static constexpr std::size_t kManyRows = 10'000;    // more may well become a run
  static constexpr std::size_t kRowsRead = 4096;      // of a run at a time
  static constexpr std::size_t kRowsGiven = 100'000;  // at a time

  // A run's place in the file, in rows.
  struct Run {
    std::size_t begin = 0, end = 0;
  };

  // A run as it is being read.
  class Reader {
   public:
    Reader(const SpillFile& file, Run run) : file_(file), left_(run) { advance(); }

    bool ended() const { return at_ == rows_.size(); }
    const Row& row() const { return rows_[at_]; }
    void advance() {
      if (!ended() && ++at_ < rows_.size()) return;
      rows_.resize(std::min(kRowsRead, left_.end - left_.begin));
      file_.read(left_.begin * sizeof(Row), rows_.data(), rows_.size() * sizeof(Row));
      left_.begin += rows_.size();
      at_ = 0;
    }

   private:
    const SpillFile& file_;
    Run left_;
    std::vector<Row> rows_;
    std::size_t at_ = 0;
  };

  void sort() {
    if (!sorted_) std::ranges::sort(rows_, Before());
    sorted_ = true;
  }

  void spill() {
    sort();
    if (!file_) file_ = std::make_unique<SpillFile>();
    file_->append(rows_.data(), rows_.size() * sizeof(Row));
    const std::size_t begin = runs_.empty() ? 0 : runs_.back().end;
    runs_.push_back({begin, begin + rows_.size()});
    rows_.clear();
  }

  template <typename Take>
  void merge(Take take) const {
    std::vector<Reader> readers;
    readers.reserve(runs_.size());
    for (const Run& run : runs_) readers.emplace_back(*file_, run);
    // A heap: the reader with the first row is at the front.
    const auto after = [](const Reader* a, const Reader* b) {
      return Before()(b->row(), a->row());
    };
    std::vector<Reader*> heap;
    heap.reserve(readers.size());
    for (Reader& reader : readers) heap.push_back(&reader);
    std::ranges::make_heap(heap, after);

    std::vector<Row> given;
    given.reserve(std::min(kRowsGiven, size_));
    while (!heap.empty()) {
      std::ranges::pop_heap(heap, after);
      Reader& first = *heap.back();
      given.push_back(first.row());
      first.advance();
      if (first.ended()) {
        heap.pop_back();
      } else {
        std::ranges::push_heap(heap, after);
      }
      if (given.size() == kRowsGiven || heap.empty()) {
        take(std::span<const Row>(given));
        given.clear();
      }
    }
  }

  const std::size_t rows_in_run_;
  std::vector<Row> rows_;  // of the run that is being filled
  bool sorted_ = true;     // whether they are
  std::size_t size_ = 0;
  std::unique_ptr<SpillFile> file_;
  std::vector<Run> runs_;
};

}  // namespace sample
