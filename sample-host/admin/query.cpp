// SPDX-License-Identifier: Apache-2.0
#include "admin/query.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "dcc/instant.hpp"
#include "host/one_line.hpp"

namespace sample {
namespace {

constexpr std::size_t kMaxLimit = 1000;

[[noreturn]] void refuse(std::string_view name, std::string_view text, std::string_view expected) {
  throw BadQuery(fmt::format("{}: '{}' is not allowed; expected {}", name,
                             dcc::host::printable(text), expected));
}

template <typename Number>
Number parse_number(std::string_view name, std::string_view text, Number min, Number max) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size() && number >= min && number <= max) {
    return number;
  }
  refuse(name, text, fmt::format("{} to {}", min, max));
}

std::size_t parse_limit(std::string_view text) {
  return parse_number<std::size_t>("limit", text, 1, kMaxLimit);
}

dcc::Instant parse_time(std::string_view name, std::string_view text) {
  // %2B and %3A, as some clients write the offset's sign and the colons.
  std::string plain(text);
  for (const auto& [coded, meant] :
       {std::pair("%2B", '+'), {"%2b", '+'}, {"%3A", ':'}, {"%3a", ':'}}) {
    for (std::size_t at = 0; (at = plain.find(coded, at)) != plain.npos; ++at)
      plain.replace(at, 3, 1, meant);
  }
  const auto instant = dcc::parse_instant(plain);
  if (!instant) refuse(name, text, "a UTC day, such as 2026-11-05, or a time with its offset");
  return *instant;
}

// `take` answers whether it knows the name; `known`: for the error.
template <typename Take>
void for_each_parameter(std::string_view query, std::string_view known, Take take) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const auto equals = std::min(part.find('='), part.size());
    const auto name = part.substr(0, equals);
    if (!take(name, part.substr(std::min(equals + 1, part.size()))))
      throw BadQuery(
          fmt::format("'{}' is not known here; expected {}", dcc::host::printable(name), known));
  }
}

// Of those that a search has for itself.
constexpr std::string_view kSearched[] = {"device", "originator", "code",  "srv",
                                          "since",  "until",      "before"};

}  // namespace

dcc::duis::Eui64 parse_eui_value(std::string_view name, std::string_view text) {
  const auto eui = dcc::duis::Eui64::parse(text);
  if (!eui) refuse(name, text, "an EUI-64, such as 00-DB-12-34-56-78-90-01");
  return *eui;
}

RecordPlace parse_record_place(std::string_view text) {
  const auto cursors = dcc::adaptor::Cursors::parse(text);
  if (!cursors || cursors->all().size() != 1)
    refuse("cursor", text, "1 to 9223372036854775807, or CHAIN:NUMBER");
  const auto& [chain, cursor] = *cursors->all().begin();
  return {chain, cursor};
}

Page parse_page(std::string_view query) {
  Page page;
  for_each_parameter(query, "after and limit", [&](std::string_view name, std::string_view value) {
    if (name == "after") {
      const auto after = dcc::adaptor::Place::parse(value);
      if (!after) refuse(name, value, "the \"resume\" of a page, or a cursor, from 0");
      page.after = *after;
    } else if (name == "limit") {
      page.limit = parse_limit(value);
    } else {
      return false;
    }
    return true;
  });
  return page;
}

bool is_search(std::string_view query) {
  while (!query.empty()) {
    const auto part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    if (std::ranges::find(kSearched, part.substr(0, part.find('='))) != std::end(kSearched))
      return true;
  }
  return false;
}

Search parse_search(std::string_view query) {
  Search search;
  const auto take = [&](std::string_view name, std::string_view value) {
    if (name == "device") {
      search.device = parse_eui_value(name, value);
    } else if (name == "originator") {
      search.originator = parse_eui_value(name, value);
    } else if (name == "code") {
      search.code = value;
    } else if (name == "srv") {
      search.srv = value;
    } else if (name == "since") {
      search.since = parse_time(name, value).at;
    } else if (name == "until") {
      search.until = parse_time(name, value).end();
    } else if (name == "before") {
      search.before = dcc::adaptor::Cursors::parse(value);
      if (!search.before || search.before->all().empty())
        refuse(name, value, "the \"next\" of a search before");
    } else if (name == "limit") {
      search.limit = parse_limit(value);
    } else {
      return false;
    }
    return true;
  };
  for_each_parameter(query, "device, originator, code, srv, since, until, before and limit", take);
  return search;
}

UserPage parse_user_page(std::string_view query) {
  UserPage page;
  for_each_parameter(query, "after and limit", [&](std::string_view name, std::string_view value) {
    if (name == "after") {
      page.after = parse_eui_value(name, value);
    } else if (name == "limit") {
      page.limit = parse_limit(value);
    } else {
      return false;
    }
    return true;
  });
  return page;
}

}  // namespace sample
