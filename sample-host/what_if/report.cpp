// SPDX-License-Identifier: Apache-2.0
#include "what_if/report.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "dcc/instant.hpp"
#include "json/json_text.hpp"

namespace sample {
namespace {

namespace json = boost::json;
using dcc::host::PluginReport;

std::string short_hash(const std::string& hash) {
  return hash.empty() ? "-" : hash.substr(0, 12);
}

// "12,034,567"
std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string plural(std::uint64_t number, const std::string& what) {
  return grouped(number) + ' ' + what + (number == 1 ? "" : "s");
}

class TextReport : public WhatIfReport {
 public:
  TextReport(bool list, std::ostream& out) : list_(list), out_(out) {}

  void changed(const Transition& transition, const Example& example) override {
    if (!list_) return;
    out_ << "changed  " << transition.from << " -> " << transition.to << "  ";
    write(transition, example);
  }

  void finish(std::span<const PluginReport> candidate, const Tally& tally,
              double seconds) override {
    for (const PluginReport& plugin : candidate)
      out_ << "candidate  " << plugin.id << ' ' << plugin.version << ", build " << plugin.build
           << ", file " << short_hash(plugin.live_hash) << ", settings "
           << short_hash(plugin.live_settings) << '\n';
    if (candidate.empty()) out_ << "candidate  no plugin\n";
    table(tally);
    examples(tally);
    missing(tally);
    conclusion(tally, seconds);
  }

 private:
  static constexpr std::array<const char*, 7> kTitles = {"SRV", "role",  "hub is", "from",
                                                         "to",  "count", ""};
  using Row = std::array<std::string, kTitles.size()>;

  void table(const Tally& tally) {
    std::vector<Row> rows = {{}};
    std::ranges::copy(kTitles, rows.front().begin());
    for (const auto& [kind, entry] : tally.entries())
      rows.push_back({kind.srv, kind.role, kind.status, kind.from, kind.to, grouped(entry.count),
                      !kind.is_change()   ? ""
                      : entry.beyond == 0 ? "agreed"
                                          : "CHANGED"});
    std::array<std::size_t, kTitles.size()> widths{};
    for (const Row& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    constexpr std::size_t kNumber = 5;  // is aligned to the right
    for (const Row& row : rows) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string gap(widths[i] - row[i].size(), ' ');
        line += "  " + (i == kNumber ? gap + row[i] : row[i] + gap);
      }
      out_ << line.erase(line.find_last_not_of(' ') + 1) << '\n';
    }
  }

  void examples(const Tally& tally) {
    for (const auto& [kind, entry] : tally.entries()) {
      if (entry.examples.empty()) continue;
      out_ << kind.srv << ' ' << kind.role << ", hub is " << kind.status << ": " << kind.from
           << " -> " << kind.to << ", such as\n";
      for (const Example& example : entry.examples) {
        out_ << "  ";
        write(kind, example);
      }
    }
  }

  void write(const Transition& transition, const Example& example) {
    out_ << dcc::utc_text(example.received_at) << "  " << example.request_id << "  "
         << (example.device.empty() ? "-" : example.device) << '\n'
         << "    was " << transition.from << ": " << example.was << '\n'
         << "    now " << transition.to << ": " << example.now << '\n';
  }

  void missing(const Tally& tally) {
    for (const auto& [kind, count] : tally.missing())
      out_ << plural(count, "outcome") << " cannot be decided: the candidate asks for facts "
           << kind << ", which the records do not have\n";
  }

  void conclusion(const Tally& tally, double seconds) {
    const std::uint64_t all = tally.outcomes();
    out_ << plural(all, "outcome") << " decided again in " << static_cast<std::uint64_t>(seconds)
         << " s";
    if (seconds > 0)
      out_ << ", " << grouped(static_cast<std::uint64_t>(static_cast<double>(all) / seconds))
           << " a second";
    out_ << ": " << grouped(all - tally.changes()) << " the same, " << grouped(tally.changes())
         << " not";
    if (tally.changes() > 0) out_ << ", " << grouped(tally.beyond()) << " of them not agreed to";
    out_ << '\n';
  }

  const bool list_;
  std::ostream& out_;
};

json::object view(const Transition& kind) {
  return {{"srv", kind.srv},
          {"role", kind.role},
          {"status", kind.status},
          {"from", kind.from},
          {"to", kind.to}};
}

json::object view(const Example& example) {
  json::object view{{"request_id", example.request_id},
                    {"device", example.device},
                    {"received_at", dcc::utc_text(example.received_at)},
                    {"was", example.was},
                    {"now", example.now}};
  if (example.device.empty()) view["device"] = nullptr;
  return view;
}

// One object. The list may be longer than memory holds: it is written as it comes, and first.
class JsonReport : public WhatIfReport {
 public:
  JsonReport(bool list, std::ostream& out) : list_(list), out_(out) {
    out_ << '{';
    if (list_) out_ << "\"list\":[";
  }

  void changed(const Transition& transition, const Example& example) override {
    if (!list_) return;
    json::object line = view(transition);
    for (auto& [name, value] : view(example)) line[name] = value;
    out_ << separator_ << dcc::json_text(line);
    separator_ = ",\n";
  }

  void finish(std::span<const PluginReport> candidate, const Tally& tally,
              double seconds) override {
    if (list_) out_ << "],\n";
    json::object rest;
    auto& plugins = rest["candidate"].emplace_array();
    for (const PluginReport& plugin : candidate)
      plugins.push_back(json::object{{"id", plugin.id},
                                     {"version", plugin.version},
                                     {"build", plugin.build},
                                     {"hash", plugin.live_hash},
                                     {"settings", plugin.live_settings}});
    rest["outcomes"] = tally.outcomes();
    rest["changed"] = tally.changes();
    rest["not_agreed"] = tally.beyond();
    rest["seconds"] = seconds;
    auto& missing = rest["missing_facts"].emplace_object();
    for (const auto& [kind, count] : tally.missing()) missing[kind] = count;
    auto& table = rest["table"].emplace_array();
    for (const auto& [kind, entry] : tally.entries()) table.push_back(row(kind, entry));
    // The object was opened already.
    out_ << std::string_view(dcc::json_text(rest)).substr(1) << '\n';
  }

 private:
  static json::object row(const Transition& kind, const Tally::Entry& entry) {
    json::object row = view(kind);
    row["count"] = entry.count;
    if (!kind.is_change()) return row;
    row["not_agreed"] = entry.beyond;
    auto& examples = row["examples"].emplace_array();
    for (const Example& example : entry.examples) examples.push_back(view(example));
    return row;
  }

  const bool list_;
  std::ostream& out_;
  std::string_view separator_;
};

// RFC 4180.
std::string quoted(std::string_view field) {
  if (field.find_first_of(",\"\r\n") == field.npos) return std::string(field);
  std::string text = "\"";
  for (const char c : field) text.append(c == '"' ? 2 : 1, c);
  return text += '"';
}

class CsvReport : public WhatIfReport {
 public:
  CsvReport(bool list, std::ostream& out) : list_(list), out_(out) {
    if (list_)
      write({"request_id", "received_at", "srv", "role", "status", "device", "from", "to", "was",
             "now"});
  }

  void changed(const Transition& kind, const Example& example) override {
    if (!list_) return;
    write({example.request_id, dcc::utc_text(example.received_at), kind.srv, kind.role, kind.status,
           example.device, kind.from, kind.to, example.was, example.now});
  }

  void finish(std::span<const PluginReport>, const Tally& tally, double) override {
    if (list_) return;
    write({"srv", "role", "status", "from", "to", "count"});
    for (const auto& [kind, entry] : tally.entries())
      write({kind.srv, kind.role, kind.status, kind.from, kind.to, std::to_string(entry.count)});
  }

 private:
  void write(std::initializer_list<std::string_view> fields) {
    std::string_view separator;
    for (const std::string_view field : fields) {
      out_ << separator << quoted(field);
      separator = ",";
    }
    out_ << "\r\n";
  }

  const bool list_;
  std::ostream& out_;
};

}  // namespace

std::unique_ptr<WhatIfReport> WhatIfReport::make(Format format, bool list, std::ostream& out) {
  switch (format) {
    case Format::json:
      return std::make_unique<JsonReport>(list, out);
    case Format::csv:
      return std::make_unique<CsvReport>(list, out);
    case Format::text:
      break;
  }
  return std::make_unique<TextReport>(list, out);
}

}  // namespace sample
