// SPDX-License-Identifier: Apache-2.0
#include "host/ini.hpp"

#include <algorithm>
#include <boost/property_tree/ini_parser.hpp>
#include <locale>
#include <sstream>

#include "host/file_content.hpp"
#include "host/one_line.hpp"
#include "text/utf8.hpp"

namespace dcc::host {
namespace {

constexpr std::size_t kMaxShown = 200;  // of a line, in a message
constexpr std::string_view kSpace = " \t\r";
constexpr std::string_view kAllowedLines =
    "[section], key = value, or a comment (; or # first on its line)";

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// A value is followed by a comment if a mark stands first in it or behind a space.
bool holds_comment(std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool mark = value[i] == ';' || value[i] == '#';
    if (mark && (i == 0 || kSpace.find(value[i - 1]) != std::string_view::npos)) return true;
  }
  return false;
}

bool holds_control(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return std::ranges::any_of(line,
                             [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

// Goes through the lines before the parser does: refuses what the parser would pass over in
// silence, and knows for the parser's own errors what stood on the line.
class Lines {
 public:
  explicit Lines(const std::string& name) : name_(name) {}

  void check(std::string_view text) {
    while (!text.empty()) {
      const auto end = text.find('\n');
      ++number_;
      check_line(text.substr(0, end));
      text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    finish_section();
    if (section_line_ == 0) {
      throw ConfigError(name_ + ": holds no setting; allowed: at least one [section] with a key");
    }
  }

  // `line` counts from 1; what the parser found there.
  [[noreturn]] void refuse(std::size_t line, std::string_view why, std::string_view allowed) const {
    std::string message = name_ + ':' + std::to_string(line) + ": ";
    if (line <= subjects_.size()) message += subjects_[line - 1] + ": ";
    message.append(why).append("; allowed: ").append(allowed);
    throw ConfigError(message);
  }

 private:
  void check_line(std::string_view raw) {
    if (holds_control(raw)) {
      subjects_.push_back(subject(""));
      refuse(number_, "control character in the line", "printable text and tabs");
    }
    const std::string_view line = trim(raw);
    subjects_.push_back(subject(line));
    if (line.empty() || line.front() == ';' || line.front() == '#') return;
    if (line.front() == '[') {
      check_section(line);
    } else {
      check_key(line);
    }
  }

  void check_section(std::string_view line) {
    finish_section();
    const auto end = line.find(']');
    if (end == std::string_view::npos) refuse(number_, "no closing ]", kAllowedLines);
    if (end + 1 != line.size()) refuse(number_, "text behind ]", "nothing behind the section");
    const std::string_view section = trim(line.substr(1, end - 1));
    if (section.empty()) refuse(number_, "section without a name", "[section]");
    check_text(section);
    section_ = '[' + one_line(section, kMaxShown) + ']';
    subjects_.back() = section_;
    section_line_ = number_;
    section_keys_ = 0;
  }

  void check_key(std::string_view line) {
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) refuse(number_, "no = in the line", kAllowedLines);
    const std::string_view key = trim(line.substr(0, equals));
    const std::string_view value = trim(line.substr(equals + 1));
    if (key.empty()) refuse(number_, "no key before =", "key = value");
    if (section_.empty()) refuse(number_, "key outside a section", "keys below a [section]");
    if (holds_comment(value)) {
      refuse(number_, "comment behind a value", "comments on lines of their own");
    }
    check_text(key);
    check_text(value);
    ++section_keys_;
  }

  // Names and values go to plugins and come back in messages, which are one printable line.
  void check_text(std::string_view text) const {
    if (text.find('\t') == std::string_view::npos) return;
    refuse(number_, "tab within a name or value", "tabs around them");
  }

  void finish_section() const {
    if (section_line_ != 0 && section_keys_ == 0) {
      refuse(section_line_, "section without a key", "at least one key in a section");
    }
  }

  std::string subject(std::string_view line) const {
    const std::string text = one_line(line, kMaxShown);
    return section_.empty() || text.empty() ? section_ + text : section_ + ' ' + text;
  }

  const std::string& name_;
  std::size_t number_ = 0;
  std::vector<std::string> subjects_;  // what messages name, line by line
  std::string section_;                // in brackets; empty: none yet
  std::size_t section_line_ = 0;
  std::size_t section_keys_ = 0;
};

boost::property_tree::ptree parse(std::string_view text, const Lines& lines) {
  std::istringstream stream{std::string(text)};
  stream.imbue(std::locale::classic());
  boost::property_tree::ptree tree;
  try {
    boost::property_tree::read_ini(stream, tree);
  } catch (const boost::property_tree::ini_parser_error& error) {
    // All else is refused by Lines.
    lines.refuse(error.line(), error.message(), "each section and each key of a section once");
  }
  return tree;
}

}  // namespace

std::vector<Setting> parse_ini(std::string_view text, const std::string& name) {
  const auto behind_mark = text::without_mark(text);
  if (!behind_mark)
    throw ConfigError(name + ": begins with the byte order mark of UTF-16; allowed: UTF-8");
  text = *behind_mark;
  Lines lines(name);
  lines.check(text);
  std::vector<Setting> settings;
  // Names may hold dots, which PropertyTree's get() takes for a path: go through the children.
  for (const auto& [section, keys] : parse(text, lines)) {
    for (const auto& [key, value] : keys) settings.push_back({section, key, value.data()});
  }
  return settings;
}

std::vector<Setting> read_ini(const std::filesystem::path& file) try {
  return parse_ini(read_file(file, kMaxIniSize, Writers::anybody).bytes, file.string());
} catch (const NotAccepted& error) {
  throw ConfigError(error.what());
}

}  // namespace dcc::host
