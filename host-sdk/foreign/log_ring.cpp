// SPDX-License-Identifier: Apache-2.0
#include "foreign/log_ring.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "json/json_text.hpp"

namespace dcc::foreign {
namespace {

using Level = host::HostServices::Level;

std::string written(Level level, std::string_view source, std::string_view line) {
  return json_text(
      boost::json::object{{"level", name_of(level)}, {"source", source}, {"line", line}});
}

}  // namespace

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      break;
  }
  return "error";
}

void LogRing::add(Level level, std::string_view source, std::string_view line) {
  std::string text = written(level, source, line);
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::move(text));
  if (lines_.size() <= kLines) return;
  lines_.pop_front();
  ++dropped_;
}

std::string LogRing::dropped_line() const {
  return written(
      Level::warning, "plugins",
      "nobody has taken the log in time: " + std::to_string(dropped_) + " earlier lines are lost");
}

std::string LogRing::take(std::size_t at_most) {
  const std::lock_guard lock(mutex_);
  if (dropped_ != 0) {
    lines_.push_front(dropped_line());
    dropped_ = 0;
  }
  std::string text = "[";
  std::size_t taken = 0;
  for (const std::string& line : lines_) {
    const std::size_t size = text.size() + (taken == 0 ? 0 : 1) + line.size() + 1;
    if (size > at_most) {
      if (taken == 0) return '[' + line + ']';
      break;
    }
    if (taken != 0) text += ',';
    text += line;
    ++taken;
  }
  text += ']';
  if (text.size() > at_most) return text;
  lines_.erase(lines_.begin(), lines_.begin() + static_cast<std::ptrdiff_t>(taken));
  return text;
}

}  // namespace dcc::foreign
