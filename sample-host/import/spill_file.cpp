// SPDX-License-Identifier: Apache-2.0
#include "import/spill_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace sample {
namespace {

std::filesystem::path directory_for_spills() {
  const char* const chosen = std::getenv("TMPDIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp";
}

}  // namespace

SpillFile::SpillFile() : directory_(directory_for_spills()) {
  std::string name = (directory_ / "dcc-import-XXXXXX").string();
  fd_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd_ < 0) fail(errno);
  ::unlink(name.c_str());
}

SpillFile::~SpillFile() {
  ::close(fd_);
}

void SpillFile::append(const void* octets, std::size_t size) {
  const char* from = static_cast<const char*>(octets);
  while (size > 0) {
    const ssize_t written = ::write(fd_, from, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(errno);
    from += written;
    size -= static_cast<std::size_t>(written);
  }
}

void SpillFile::read(std::size_t offset, void* octets, std::size_t size) const {
  char* to = static_cast<char*>(octets);
  while (size > 0) {
    const ssize_t got = ::pread(fd_, to, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail(got < 0 ? errno : EIO);
    to += got;
    offset += static_cast<std::size_t>(got);
    size -= static_cast<std::size_t>(got);
  }
}

void SpillFile::fail(int error) const {
  throw std::system_error(error, std::generic_category(),
                          "temporary file in " + directory_.string());
}

}  // namespace sample
