// SPDX-License-Identifier: Apache-2.0
#include "adaptor/cursors.hpp"

#include <algorithm>
#include <charconv>

namespace dcc::adaptor {
namespace {

std::optional<std::int64_t> parse_cursor(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.starts_with('-'))
    return std::nullopt;
  return number;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_of_host_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

}  // namespace

std::int64_t Cursors::of(std::string_view chain) const {
  const auto found = cursors_.find(chain);
  return found == cursors_.end() ? 0 : found->second;
}

void Cursors::set(std::string_view chain, std::int64_t cursor) {
  if (cursor == 0) {
    if (const auto found = cursors_.find(chain); found != cursors_.end()) cursors_.erase(found);
  } else {
    cursors_.insert_or_assign(std::string(chain), cursor);
  }
}

std::optional<Cursors> Cursors::parse(std::string_view text) {
  if (const auto only = parse_cursor(text)) return Cursors(*only);
  Cursors cursors;
  std::string_view last;
  for (;;) {
    const auto end = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, end);
    const auto colon = part.find(':');
    const std::string_view chain = part.substr(0, colon);
    if (colon == std::string_view::npos || !is_chain_name(chain) || chain <= last)
      return std::nullopt;
    const auto cursor = parse_cursor(part.substr(colon + 1));
    if (!cursor || *cursor == 0) return std::nullopt;
    cursors.set(chain, *cursor);
    if (end == text.size()) return cursors;
    last = chain;
    text.remove_prefix(end + 1);
  }
}

std::string Cursors::text() const {
  if (cursors_.empty()) return "0";
  std::string text;
  for (const auto& [chain, cursor] : cursors_) {
    if (!text.empty()) text += ',';
    if (!chain.empty()) text.append(chain).append(":");
    text += std::to_string(cursor);
  }
  return text;
}

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= 63 && std::ranges::all_of(text, is_of_host_name);
}

bool is_chain_name(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == 0 || dot == std::string_view::npos || dot + 1 == text.size()) return false;
  return std::ranges::all_of(text.substr(0, dot), is_of_host_name) &&
         std::ranges::all_of(text.substr(dot + 1), is_digit);
}

}  // namespace dcc::adaptor
