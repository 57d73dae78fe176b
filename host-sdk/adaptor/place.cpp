// SPDX-License-Identifier: Apache-2.0
#include "adaptor/place.hpp"

#include <charconv>

#include "adaptor/outcome_json.hpp"

namespace dcc::adaptor {
namespace {

constexpr std::size_t kIdDigits = 32;

bool parse_number(std::string_view text, std::int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number >= 0 &&
         !text.starts_with('-');
}

std::string number(std::int64_t value) {
  return std::to_string(value);
}

}  // namespace

std::optional<Place> Place::parse(std::string_view text) {
  Place place;
  if (const auto dot = text.find('.'); dot != std::string_view::npos) {
    const auto id = from_hex(text.substr(0, dot));
    text.remove_prefix(dot + 1);
    const auto second = text.find('.');
    StoreIdentity store;
    if (dot != kIdDigits || !id || second == std::string_view::npos ||
        !parse_number(text.substr(0, second), store.epoch)) {
      return std::nullopt;
    }
    store.id = *id;
    place.store = std::move(store);
    text.remove_prefix(second + 1);
  }
  if (!parse_number(text, place.cursor)) return std::nullopt;
  return place;
}

std::string Place::text() const {
  std::string text;
  if (store) text = hex(store->id) + '.' + number(store->epoch) + '.';
  return text + number(cursor);
}

std::string refuse_place(Store& store, const Place& place) {
  const StoreIdentity now = store.identity();
  if (place.store && place.store->id != now.id) {
    return "the cursor is another store's, " + hex(place.store->id) + "; this one is " +
           hex(now.id) + ": read it from its beginning, after=0";
  }
  if (place.store && place.store->epoch != now.epoch) {
    return "the cursor is of epoch " + number(place.store->epoch) +
           ", and the store was restored from a backup since, epoch " + number(now.epoch) +
           ": outcomes that you have read may be gone, and cursors have been given again; read "
           "from a cursor that you know to be older than the backup, as a number alone, or from "
           "after=0, and compare by RequestID";
  }
  const std::int64_t end = store.audit_head().cursor;
  if (place.cursor > end) {
    return "the cursor " + number(place.cursor) + " is past the end, " + number(end) +
           ": the store was restored from a backup, or is another one; read from a cursor that you "
           "know to be older than the backup, or from after=0, and compare by RequestID";
  }
  const std::int64_t start = store.audit_start().cursor;
  if (place.cursor > 0 && place.cursor < start) {
    return "outcomes up to " + number(start) + " were archived, after the cursor " +
           number(place.cursor) +
           ": read those from the archive, then go on with after=" + number(start);
  }
  return {};
}

}  // namespace dcc::adaptor
