// SPDX-License-Identifier: Apache-2.0
#include "adaptor/place.hpp"

#include <algorithm>
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

std::string of_chain(const std::string& name) {
  return name.empty() ? "" : " of chain " + name;
}

// The outcomes of one chain that come next, fetched in parts: most of a page may be another's.
class Coming {
 public:
  Coming(Chain& chain, Store::Which which, std::int64_t after, std::size_t part)
      : chain_(&chain), which_(which), after_(after), part_(part) {
    fetch();
  }

  bool is_over() const { return next_ == fetched_.size(); }
  std::int64_t decided_at() const { return fetched_[next_].outcome.decided_at; }

  StoredOutcome take() {
    StoredOutcome taken = std::move(fetched_[next_++]);
    if (is_over() && fetched_.size() == part_) fetch();
    return taken;
  }

 private:
  void fetch() {
    fetched_ = chain_->outcomes(which_, after_, part_, false);
    next_ = 0;
    if (!fetched_.empty()) after_ = fetched_.back().cursor;
  }

  Chain* chain_;
  Store::Which which_;
  std::int64_t after_;
  std::size_t part_;
  std::vector<StoredOutcome> fetched_;
  std::size_t next_ = 0;
};

}  // namespace

std::optional<Place> Place::parse(std::string_view text) {
  Place place;
  // A chain's name has a dot, too, but never so many digits and a second one.
  const auto dot = text.find('.');
  const auto second = dot == kIdDigits ? text.find('.', dot + 1) : std::string_view::npos;
  if (second != std::string_view::npos) {
    const auto id = from_hex(text.substr(0, dot));
    StoreIdentity store;
    if (!id || !parse_number(text.substr(dot + 1, second - dot - 1), store.epoch))
      return std::nullopt;
    store.id = *id;
    place.store = std::move(store);
    text.remove_prefix(second + 1);
  }
  auto after = Cursors::parse(text);
  if (!after) return std::nullopt;
  place.after = std::move(*after);
  return place;
}

std::string Place::text() const {
  std::string text;
  if (store) text = hex(store->id) + '.' + number(store->epoch) + '.';
  return text + after.text();
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
  const auto chains = store.chains();
  for (const auto& [name, cursor] : place.after.all()) {
    const auto chain = std::ranges::find(chains, name, &Chain::name);
    const std::string of = of_chain(name);
    if (chain == chains.end()) {
      return "the store has no chain " + (name.empty() ? "that a number alone could mean" : name) +
             ": the cursor is another store's; read from after=0, and compare by RequestID";
    }
    if (const std::int64_t end = (*chain)->audit_head().cursor; cursor > end) {
      return "the cursor " + number(cursor) + of + " is past the end, " + number(end) +
             ": the store was restored from a backup, or is another one; read from a cursor that "
             "you know to be older than the backup, or from after=0, and compare by RequestID";
    }
  }
  // The beginning is never too early. Who has read some chain is behind the beginning of all.
  if (place.after.all().empty()) return {};
  Cursors on = place.after;
  std::string archived;
  for (Chain* const chain : chains) {
    const std::int64_t cursor = place.after.of(chain->name());
    const std::int64_t start = chain->audit_start().cursor;
    if (cursor >= start) continue;
    on.set(chain->name(), start);
    archived += (archived.empty() ? "" : ", ") +
                ("outcomes" + of_chain(chain->name()) + " up to " + number(start)) +
                " were archived, after the cursor " + number(cursor);
  }
  if (archived.empty()) return {};
  return archived + ": read those from the archive, then go on with after=" + on.text();
}

Cursors beginning(Store& store) {
  Cursors cursors;
  for (Chain* const chain : store.chains()) cursors.set(chain->name(), chain->audit_start().cursor);
  return cursors;
}

std::vector<StoredOutcome> read_on(Store& store, Store::Which which, Cursors& after,
                                   std::size_t limit) {
  const auto chains = store.chains();
  const std::size_t part = limit / chains.size() + 1;
  std::vector<Coming> coming;
  coming.reserve(chains.size());
  for (Chain* const chain : chains)
    coming.emplace_back(*chain, which, after.of(chain->name()), part);
  std::vector<StoredOutcome> page;
  while (page.size() < limit) {
    std::erase_if(coming, [](const Coming& chain) { return chain.is_over(); });
    if (coming.empty()) break;
    page.push_back(std::ranges::min_element(coming, {}, &Coming::decided_at)->take());
    after.set(page.back().chain, page.back().cursor);
  }
  return page;
}

}  // namespace dcc::adaptor
