// SPDX-License-Identifier: Apache-2.0
//
// INI files, read with Boost.PropertyTree and checked for what that parser lets pass. Used for the
// host's own configuration and for the plugins' settings files.
#pragma once

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace dcc::host {

// A configuration that is refused. what() names the file and, as far as there are such, the
// section, the key, the value and what was expected.
struct ConfigError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Setting {
  std::string section;
  std::string key;
  std::string value;
  bool operator==(const Setting&) const = default;
};

inline constexpr std::size_t kMaxIniSize = 1 << 20;

// The settings in file order, names and values trimmed. UTF-8; a byte order mark of that is passed
// over, one of UTF-16 is named. Refused (ConfigError): a file that cannot
// be read, is larger than kMaxIniSize, is empty or holds no setting; a line that is no `[section]`,
// `key = value` or comment (`;` or `#` first on its line); a key outside a section; an empty
// section; a section or key given twice; a value followed by a comment; a NUL or control
// character. The file name in messages is `name`.
std::vector<Setting> parse_ini(std::string_view text, const std::string& name);
std::vector<Setting> read_ini(const std::filesystem::path& file);

}  // namespace dcc::host
