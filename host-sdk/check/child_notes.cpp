// SPDX-License-Identifier: Apache-2.0
#include "check/child_notes.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "guard/file_descriptor.hpp"

namespace dcc::check {
namespace {

using Text = std::array<char, 2000>;  // NUL-terminated

void put(Text& place, std::string_view text) noexcept {
  const std::size_t size = std::min(text.size(), place.size() - 1);
  std::memcpy(place.data(), text.data(), size);
  place[size] = '\0';
}

[[noreturn]] void fail_with_errno(const std::filesystem::path& file) {
  throw std::system_error(errno, std::generic_category(), file.string());
}

}  // namespace

// Begins as zeros.
struct ChildNotes::Page {
  std::atomic<std::uint64_t> next_request;  // its number + 1; 0: none yet
  std::atomic<bool> finished;
  Verdict verdict;
  std::array<char, 200> fault;
  Text got;
  Text expected;
};

ChildNotes::ChildNotes(const std::filesystem::path& file, Open how) {
  const int flags = O_RDWR | O_CLOEXEC | (how == Open::make ? O_CREAT | O_EXCL : 0);
  const dcc::guard::FileDescriptor fd(::open(file.c_str(), flags, S_IRUSR | S_IWUSR));
  if (!fd) fail_with_errno(file);
  if (how == Open::make && ::ftruncate(fd.get(), sizeof(Page)) != 0) fail_with_errno(file);
  void* const place =
      ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (place == MAP_FAILED) fail_with_errno(file);
  page_ = static_cast<Page*>(place);
}

ChildNotes::~ChildNotes() {
  ::munmap(page_, sizeof(Page));
}

void ChildNotes::at(std::uint64_t request) noexcept {
  page_->next_request = request + 1;
}

void ChildNotes::noticed(const char* fault) noexcept {
  std::size_t i = 0;
  for (; i + 1 < page_->fault.size() && fault[i] != '\0'; ++i) page_->fault[i] = fault[i];
  page_->fault[i] = '\0';
}

void ChildNotes::finish(const Finding& finding) noexcept {
  page_->verdict = finding.verdict;
  put(page_->got, finding.got);
  put(page_->expected, finding.expected);
  page_->finished = true;
}

std::optional<std::uint64_t> ChildNotes::request() const {
  const std::uint64_t next = page_->next_request;
  return next == 0 ? std::nullopt : std::optional(next - 1);
}

std::string ChildNotes::fault() const {
  return page_->fault.data();
}

std::optional<Finding> ChildNotes::finding() const {
  if (!page_->finished) return std::nullopt;
  return Finding{page_->verdict, page_->got.data(), page_->expected.data()};
}

}  // namespace dcc::check
