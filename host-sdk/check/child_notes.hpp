// SPDX-License-Identifier: Apache-2.0
//
// What a child process leaves for its parent, in a file that both map: it is still there when the
// child has crashed or was killed. The child writes, the parent reads after the child's end. One
// thread at a time, except at() and noticed().
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "check/check.hpp"

namespace dcc::check {

class ChildNotes {
 public:
  // `make`: a new file; else one that exists. std::system_error: it cannot be.
  enum class Open { make, existing };
  ChildNotes(const std::filesystem::path& file, Open how);
  ~ChildNotes();
  ChildNotes(const ChildNotes&) = delete;
  ChildNotes& operator=(const ChildNotes&) = delete;

  // The child's side: the number of the request that is asked next; what the process is about to
  // die of, a string literal (safe in a signal handler); the end.
  void at(std::uint64_t request) noexcept;
  void noticed(const char* fault) noexcept;
  void finish(const Finding& finding) noexcept;

  // The parent's side.
  std::optional<std::uint64_t> request() const;
  std::string fault() const;
  std::optional<Finding> finding() const;  // none: the child did not come to an end

 private:
  struct Page;
  Page* page_;
};

}  // namespace dcc::check
