// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

namespace sample {
namespace {

// `parse` gives nothing for what is none.
template <typename Value, typename Parse>
void add(CLI::App& command, const char* name, const char* text, const char* type,
         const std::string& expected, std::optional<Value>& value, Parse parse) {
  command
      .add_option_function<std::string>(
          name,
          [&value, expected, parse](const std::string& given) {
            value = parse(given);
            if (!value) throw CLI::ValidationError("'" + given + "': expected " + expected);
          },
          text)
      ->type_name(type);
}

}  // namespace

void add_config(CLI::App& command, std::string& file) {
  command.add_option("--config", file, "The configuration, such as config/sample-host.ini")
      ->required()
      ->type_name("FILE");
}

void add_instant(CLI::App& command, const char* name, const char* text,
                 std::optional<dcc::Instant>& instant) {
  add(command, name, text, "TIME",
      "a UTC day, such as 2026-11-05, or a time with its offset, such as 2026-11-05T01:00+01:00",
      instant, dcc::parse_instant);
}

void add_eui(CLI::App& command, const char* name, const char* text,
             std::optional<dcc::duis::Eui64>& eui) {
  add(command, name, text, "EUI", "an EUI-64, such as 00-DB-12-34-56-78-90-01", eui,
      dcc::duis::Eui64::parse);
}

}  // namespace sample
