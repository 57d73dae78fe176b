// SPDX-License-Identifier: Apache-2.0
#include "foreign/line_channel.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace dcc::foreign {
namespace {

// As much as a pipe that is ready for writing takes without blocking.
constexpr std::size_t kChunk = 4096;

}  // namespace

std::optional<LineChannel::Line> LineChannel::next() {
  const std::lock_guard lock(in_mutex_);
  for (;;) {
    if (auto line = take()) return line;
    if (ended_) return std::nullopt;
    ended_ = !fill();
  }
}

// A line of what has been read, if there is a whole one.
std::optional<LineChannel::Line> LineChannel::take() {
  const std::size_t end = buffer_.find('\n', searched_);
  const std::size_t size = std::min(end, buffer_.size());
  searched_ = buffer_.size();
  if (size > max_line_) {
    passing_over_ = true;
  }
  if (end == buffer_.npos) {
    if (passing_over_) {
      buffer_.clear();
      searched_ = 0;
    }
    if (!ended_ || (buffer_.empty() && !passing_over_)) return std::nullopt;
  }
  Line line;
  line.is_too_long = std::exchange(passing_over_, false);
  if (!line.is_too_long) line.text.assign(buffer_, 0, size);
  buffer_.erase(0, end == buffer_.npos ? size : size + 1);
  searched_ = 0;
  return line;
}

bool LineChannel::fill() {
  if (!stop_.wait_for(in_, POLLIN) || stop_.is_told()) return false;
  std::array<char, 1 << 16> block;
  const ssize_t size = ::read(in_, block.data(), block.size());
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  if (size <= 0) return false;
  buffer_.append(block.data(), static_cast<std::size_t>(size));
  return true;
}

bool LineChannel::write(std::string_view line) {
  std::string text;
  text.reserve(line.size() + 1);
  text.append(line).append(1, '\n');
  const std::lock_guard lock(out_mutex_);
  for (std::string_view rest = text; !rest.empty();) {
    if (!stop_.wait_for(out_, POLLOUT)) return false;
    const ssize_t size = ::write(out_, rest.data(), std::min(rest.size(), kChunk));
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size < 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

}  // namespace dcc::foreign
