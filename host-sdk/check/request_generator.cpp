// SPDX-License-Identifier: Apache-2.0
#include "check/request_generator.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <random>
#include <string_view>

namespace dcc::check {
namespace {

using std::string_view;

constexpr std::array<string_view, 8> kRoles = {"EIS", "GIS", "SNA", "ES", "ED", "GT", "OU", "MDR"};
constexpr std::array<string_view, 9> kStatuses = {
    "Pending",      "Whitelisted",    "InstalledNotCommissioned",
    "Commissioned", "Decommissioned", "Withdrawn",
    "Suspended",    "Recovery",       "Recovered"};
constexpr std::array<string_view, 8> kTypes = {"CHF",    "ESME",  "GSME", "GPF",
                                               "HCALCS", "PPMID", "IHD",  "CAD"};

// The same numbers from the same seed with every standard library: its engines are specified to
// the bit, its distributions are not.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t kind, std::uint64_t number)
      : engine_(engine(seed, kind, number)) {}

  std::uint64_t any() { return engine_(); }
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  template <typename Values>
  auto of(const Values& values) {
    return *(std::begin(values) + static_cast<std::ptrdiff_t>(below(std::size(values))));
  }
  template <typename T>
  T of(std::initializer_list<T> values) {
    return *(values.begin() + static_cast<std::ptrdiff_t>(below(values.size())));
  }

 private:
  static std::mt19937_64 engine(std::uint64_t seed, std::uint64_t kind, std::uint64_t number) {
    std::seed_seq mixed{seed, seed >> 32, kind, number, number >> 32};
    return std::mt19937_64(mixed);
  }

  std::mt19937_64 engine_;
};

// ---- valid requests

std::string eui64(Random& random) {
  std::string text;
  for (int i = 0; i < 8; ++i) {
    if (i > 0) text += '-';
    for (int digit = 0; digit < 2; ++digit) text += "0123456789ABCDEFabcdef"[random.below(22)];
  }
  return text;
}

std::string words(Random& random, std::size_t limit) {
  std::string text;
  const std::size_t size = 1 + random.below(limit);
  while (text.size() < size) text += "abc XYZ 019-_.,/&"[random.below(17)];
  return text;
}

using Items = std::vector<Request::Item>;

// The leaves that may be left out of both bodies: the sender's own references.
void add_reference(Random& random, Items& items, string_view path, std::size_t limit) {
  if (random.one_in(2)) items.push_back({path, words(random, limit)});
}
void add_time(Random& random, Items& items) {
  if (random.one_in(2)) items.push_back({"UserRefDateTime", "2026-02-28T23:59:59.00Z"});
}

Items fault_return(Random& random) {
  Items items = {{"DeviceID", eui64(random)},
                 {"CHFFaultReturnType", random.of({"Fault identified prior to installation",
                                                   "Fault identified post installation"})}};
  add_time(random, items);
  add_reference(random, items, "UserRefID", 25);
  items.push_back({"OtherDeviceID", eui64(random)});
  add_reference(random, items, "IncidentReference", 15);
  items.push_back({"CHFConnectionMethod", random.of({"Hot-shoe", "Cradle", "ESME"})});
  items.push_back(
      {"CHFFaultReason",
       random.of({"Damaged case", "Damaged Connector", "Illegal interference or missing seals",
                  "Environmental conditions exceeded", "SM WAN Fault", "SMHAN Interface Fault",
                  "LED Fault", "Aerial fault", "Manufacturing defect"})});
  add_reference(random, items, "AdditionalInformation", 200);
  return items;
}

Items no_fault_return(Random& random) {
  Items items = {{"DeviceID", eui64(random)},
                 {"CHFNoFaultReturnType",
                  random.of({"No Fault Return (general)", "No Fault Return (non-dom opt out)",
                             "No Fault Return (dual supplier HAN variant replacement)",
                             "No Fault Return (SM WAN variant replacement requested by DCC)",
                             "Lost or Stolen Hub"})}};
  add_time(random, items);
  add_reference(random, items, "UserRefID", 25);
  add_reference(random, items, "IncidentReference", 15);
  add_reference(random, items, "AdditionalInformation", 200);
  return items;
}

Items other_body(Random& random) {
  Items items = {{"DeviceID", eui64(random)}};
  add_time(random, items);
  add_reference(random, items, "UserRefID", 25);
  items.push_back({"Group/Value", std::to_string(random.below(1000))});
  items.push_back({"Group/Value", std::to_string(random.below(1000))});
  add_reference(random, items, "AdditionalInformation", 200);
  return items;
}

Items body(Random& random, string_view srv) {
  if (srv == "8.14.3") return fault_return(random);
  if (srv == "8.14.4") return no_fault_return(random);
  return other_body(random);
}

// Of the variants 1 to 9 one that the handler takes.
std::uint32_t command_variant(Random& random, std::uint32_t allowed) {
  std::vector<std::uint32_t> variants;
  for (std::uint32_t variant = 1; variant <= 9; ++variant) {
    if ((allowed >> variant & 1) != 0) variants.push_back(variant);
  }
  return variants.empty() ? 8 : random.of(variants);
}

Answers answers(Random& random) {
  Answers given;
  if (random.one_in(8)) given.device = DCC_NOT_FOUND;
  given.type = random.one_in(4) ? random.of(kTypes) : "CHF";
  given.status = random.one_in(2) ? random.of(kStatuses) : "Pending";
  given.acts_for_orderer.answer = random.of({DCC_YES, DCC_NO});
  given.acts_for_any.answer = random.of({DCC_YES, DCC_NO});
  if (random.one_in(8)) given.fact = DCC_NOT_FOUND;
  given.choice = random.any();
  return given;
}

Request valid_request(Random& random, const dcc::host::Handler::Info& handler) {
  constexpr std::int64_t kSomeDay = 1'780'000'000'000;
  constexpr std::uint64_t kTenYears = 315'000'000'000;
  Request request;
  request.command_variant = command_variant(random, handler.command_variants);
  request.originator = random.any();
  request.target = random.any();
  request.counter = 1 + random.below(std::uint64_t{1} << random.below(63));
  request.srv = handler.srv;
  request.service_reference = handler.srv.substr(0, handler.srv.rfind('.'));
  request.user_role = random.of(kRoles);
  request.body_element = handler.body_element;
  request.items = body(random, handler.srv);
  request.canonical = "<sr:Request>" + words(random, 2000) + "</sr:Request>";
  request.received_at = kSomeDay + static_cast<std::int64_t>(random.below(kTenYears));
  request.deadline = request.received_at + 1000;
  request.answers = answers(random);
  return request;
}

// ---- what makes them hostile

// A text of `size` octets that each of the places that take text might not expect.
std::string long_text(Random& random, std::size_t limit) {
  const std::size_t size = std::size_t{1} << random.below(20);
  return std::string(std::min(limit, size + random.below(size)), random.of({'A', '0', '-', ' '}));
}

std::string strange_octets(Random& random) {
  constexpr std::array<string_view, 8> kPieces = {
      string_view("\0", 1),  // in the middle of a text
      "\xff\xfe",            // no UTF-8
      "\xc3",                // the first half of a character
      "\xed\xa0\x80",        // a surrogate
      "\xc0\x80",            // an overlong NUL
      "\n\r\t\x1b[2J",       // controls
      "%s%n%x",              // a format
      "\xe2\x82\xac<&>'\"",  // a character of three octets, markup
  };
  std::string text;
  for (std::uint64_t i = 1 + random.below(6); i > 0; --i) {
    text += random.of(kPieces);
    if (random.one_in(3)) text += words(random, 8);
  }
  return text;
}

// One of the texts of the request's header or body.
Text& some_text(Random& random, Request& request) {
  const std::array<Text*, 5> header = {&request.srv, &request.service_reference, &request.user_role,
                                       &request.body_element, &request.canonical};
  if (request.items.empty() || random.one_in(4)) return *random.of(header);
  Request::Item& item = request.items[random.below(request.items.size())];
  return random.one_in(4) ? item.path : item.value;
}

void change_lookups(Random& random, Request& request) {
  const auto status = [&] {
    return random.of<dcc_status>({DCC_OK, DCC_NOT_FOUND, DCC_UNAVAILABLE, DCC_INVALID, DCC_INTERNAL,
                                  DCC_NOT_NOW, 77, -1, std::numeric_limits<dcc_status>::min()});
  };
  Answers& given = request.answers;
  given.device = random.one_in(2) ? DCC_OK : status();
  // Not filled in is no answer, nor is what the contract does not know.
  const auto acts = [&]() -> Answers::Acts {
    return {random.one_in(2) ? DCC_OK : status(),
            random.of<std::int32_t>({DCC_YES, DCC_NO, 0, 3, -1})};
  };
  given.acts_for_orderer = acts();
  given.acts_for_any = acts();
  given.fact = status();
  const auto text = [&](Text& known) {
    switch (random.below(6)) {
      case 0:
        known = Text::null();
        break;
      case 1:
        known = "";
        break;
      case 2:
        known = "NotYetInvented";
        break;
      case 3:
        known = strange_octets(random);
        break;
      case 4:
        known = long_text(random, 100'000);
        break;
      default:
        break;
    }
  };
  text(given.type);
  text(given.status);
}

void change_role(Random& random, Request& request) {
  switch (random.below(6)) {
    case 0:
      request.user_role = request.user_role.bytes + ' ' + request.user_role.bytes;
      break;
    case 1:
      request.user_role = random.of({"IS", "GS", "RSA", "sna", "SNA ", "EIS,SNA", "SN", "S"});
      break;
    case 2:
      request.user_role = strange_octets(random);
      break;
    case 3:
      request.user_role = long_text(random, 100'000);
      break;
    case 4:
      request.user_role = "SNA" + std::string(1, '\0');
      break;
    default:
      request.user_role = words(random, 12);
      break;
  }
}

void empty_strings(Random& random, Request& request) {
  if (random.one_in(8)) {  // all of them
    for (Text* text :
         {&request.srv, &request.service_reference, &request.user_role, &request.body_element,
          &request.canonical, &request.answers.type, &request.answers.status}) {
      *text = Text::null();
    }
    for (Request::Item& item : request.items) item = {Text::null(), Text::null()};
    return;
  }
  for (std::uint64_t i = 1 + random.below(4); i > 0; --i) {
    some_text(random, request) = random.one_in(4) ? Text() : Text::null();
  }
  if (random.one_in(4)) request.answers.type = Text::null();
  if (random.one_in(4)) request.answers.status = Text::null();
}

void drop_items(Random& random, Request& request) {
  if (random.one_in(8)) return request.items.clear();
  for (std::uint64_t i = 1 + random.below(3); i > 0 && !request.items.empty(); --i) {
    // The first ones are what handlers look for.
    const std::uint64_t size = request.items.size();
    const std::uint64_t at =
        random.one_in(2) ? random.below(std::min<std::uint64_t>(2, size)) : random.below(size);
    request.items.erase(request.items.begin() + static_cast<std::ptrdiff_t>(at));
  }
}

void repeat_items(Random& random, Request& request) {
  for (std::uint64_t i = 1 + random.below(4); i > 0 && !request.items.empty(); --i) {
    Request::Item item = random.of(request.items);
    switch (random.below(4)) {
      case 0:
        item.value = eui64(random);
        break;
      case 1:
        item.value = Text::null();
        break;
      case 2:
        item.path = "Below/" + item.path.bytes;
        break;
      default:
        break;
    }
    const auto at = static_cast<std::ptrdiff_t>(random.below(request.items.size() + 1));
    request.items.insert(request.items.begin() + at, item);
  }
  if (random.one_in(3)) std::ranges::reverse(request.items);
}

void lengthen_values(Random& random, Request& request) {
  for (std::uint64_t i = 1 + random.below(3); i > 0; --i) {
    Text& text = some_text(random, request);
    const std::size_t limit = std::size_t{1} << 20;
    text = random.one_in(2) ? Text(long_text(random, limit))
                            : Text(text.bytes + long_text(random, limit));
  }
}

void shorten_or_garble(Random& random, Request& request) {
  for (std::uint64_t i = 1 + random.below(3); i > 0; --i) {
    Text& text = some_text(random, request);
    if (random.one_in(3)) {
      text = text.bytes.substr(0, random.below(text.bytes.size() + 1));
    } else if (random.one_in(2) && !text.bytes.empty()) {
      text.bytes[random.below(text.bytes.size())] = static_cast<char>(random.below(256));
    } else {
      text = strange_octets(random);
    }
  }
}

void stretch_numbers(Random& random, Request& request) {
  using Limits = std::numeric_limits<std::int64_t>;
  const auto id = [&] {
    return random.of<std::uint64_t>({0, 1, std::numeric_limits<std::uint64_t>::max(),
                                     std::uint64_t{1} << 63, std::uint64_t{1} << 32, random.any()});
  };
  const auto time = [&] {
    return random.of<std::int64_t>({Limits::min(), Limits::max(), -1, 0, 1, Limits::max() / 1000,
                                    static_cast<std::int64_t>(random.any())});
  };
  request.command_variant = random.of<std::uint32_t>({0, 1, 8, 9, 10, 31, 32, 0xffffffff});
  request.originator = id();
  request.target = id();
  request.counter = id();
  request.received_at = time();
  request.deadline = time();
}

void multiply_items(Random& random, Request& request) {
  constexpr std::size_t kFew = 64;  // else they were multiplied before
  if (request.items.empty() || request.items.size() > kFew) return;
  const std::uint64_t count = std::uint64_t{1} << (random.one_in(32) ? 11 : random.below(8));
  const bool known = random.one_in(2);  // paths that the handler looks for
  for (std::uint64_t i = 0; i < count; ++i) {
    Request::Item item{request.items[i % kFew % request.items.size()].path, eui64(random)};
    if (!known) item.path = "Unknown/" + std::to_string(i);
    request.items.push_back(std::move(item));
  }
}

void append_fields(Random& random, Request& request) {
  request.size += static_cast<std::uint32_t>(8 * (1 + random.below(64)));
}

void cut_fields(Random& random, Request& request) {
  request.size = static_cast<std::uint32_t>(8 * (1 + random.below(sizeof(dcc_request) / 8 - 1)));
}

using Change = void (*)(Random&, Request&);
constexpr std::array<Change, 10> kChanges = {
    change_lookups,  change_role,       empty_strings,   drop_items,     repeat_items,
    lengthen_values, shorten_or_garble, stretch_numbers, multiply_items, append_fields};

void change(Kind kind, Random& random, Request& request) {
  switch (kind) {
    case Kind::valid:
      return;
    case Kind::lookups:
      return change_lookups(random, request);
    case Kind::roles:
      return change_role(random, request);
    case Kind::empty_strings:
      return empty_strings(random, request);
    case Kind::missing_items:
      return drop_items(random, request);
    case Kind::duplicate_items:
      return repeat_items(random, request);
    case Kind::long_values:
      return lengthen_values(random, request);
    case Kind::octets:
      return shorten_or_garble(random, request);
    case Kind::numbers:
      return stretch_numbers(random, request);
    case Kind::many_items:
      return multiply_items(random, request);
    case Kind::newer_request:
      return append_fields(random, request);
    case Kind::short_request:
      return cut_fields(random, request);
    case Kind::mixed:
      break;
  }
  for (std::uint64_t i = 2 + random.below(3); i > 0; --i) random.of(kChanges)(random, request);
}

}  // namespace

Request generate(Kind kind, std::uint64_t seed, std::uint64_t number,
                 const dcc::host::Handler::Info& handler) {
  Random random(seed, static_cast<std::uint64_t>(kind), number);
  Request request = valid_request(random, handler);
  change(kind, random, request);
  return request;
}

}  // namespace dcc::check
