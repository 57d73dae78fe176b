// SPDX-License-Identifier: Apache-2.0
//
// The entry, field by field.
#include <algorithm>
#include <array>
#include <cstddef>

#include "check/check.hpp"
#include "check/instance.hpp"
#include "host/contract_limits.hpp"
#include "host/one_line.hpp"
#include "host/plugin_text.hpp"
#include "host/services.hpp"
#include "text/hex.hpp"

namespace dcc::check {
namespace {

std::string hex(std::uint32_t number) {
  return "0x" + text::hex(number, 8);
}

Finding loads(const Subject& subject) {
  load_entry(subject);
  return pass();
}

Finding magic(const Subject& subject) {
  const std::uint32_t found = load_entry(subject).magic;
  return found == DCC_PLUGIN_MAGIC ? pass() : fail(hex(found), hex(DCC_PLUGIN_MAGIC));
}

Finding size(const Subject& subject) {
  const std::uint32_t found = load_entry(subject).size;
  const std::string text = std::to_string(found) + " octets";
  return found >= kEntrySize ? pass(text) : fail(text, "at least " + std::to_string(kEntrySize));
}

Finding version_of_contract(const Subject& subject) {
  const dcc_plugin_entry& entry = load_entry(subject);
  const std::string text = std::to_string(entry.abi_major) + '.' + std::to_string(entry.abi_minor);
  if (entry.abi_major != DCC_ABI_MAJOR) {
    return fail(text, std::to_string(DCC_ABI_MAJOR) + '.' + std::to_string(DCC_ABI_MINOR));
  }
  if (entry.abi_minor > DCC_ABI_MINOR) {
    return warn(text, "a minor that this program knows: up to " + std::to_string(DCC_ABI_MAJOR) +
                          '.' + std::to_string(DCC_ABI_MINOR));
  }
  return pass(text);
}

Finding id(const Subject& subject) {
  const std::string_view found = host::text_in(load_entry(subject).id);
  const bool good = !found.empty() && found.size() <= host::kMaxIdSize &&
                    std::ranges::all_of(found, [](char c) { return c > 0x20 && c < 0x7f; });
  if (good) return pass(std::string(found));
  return fail(
      '\'' + host::printable(found) + '\'',
      "1 to " + std::to_string(host::kMaxIdSize) + " printable ASCII characters without space");
}

Finding texts(const Subject& subject) {
  const dcc_plugin_entry& entry = load_entry(subject);
  const std::array<std::pair<const char*, dcc_str>, 2> fields = {
      {{"version", entry.version}, {"build", entry.build}}};
  for (const auto& [name, field] : fields) {
    const std::string_view text = host::text_in(field);
    if (text.empty() || text.size() > host::kMaxEntryText ||
        host::printable(text, host::kMaxEntryText) != text) {
      return fail(std::string(name) + " '" + host::printable(text) + "'",
                  "1 to " + std::to_string(host::kMaxEntryText) + " octets of UTF-8 on one line");
    }
  }
  return pass(std::string(host::text_in(entry.version)) + " (" +
              std::string(host::text_in(entry.build)) + ')');
}

Finding required_services(const Subject& subject) {
  const dcc_plugin_entry& entry = load_entry(subject);
  if (entry.required_count > host::kMaxRequired ||
      (entry.required_count > 0 && entry.required == nullptr)) {
    return fail("a list of " + std::to_string(entry.required_count),
                "at most " + std::to_string(host::kMaxRequired));
  }
  std::string names;
  for (std::uint32_t i = 0; i < entry.required_count; ++i) {
    const std::string_view name = host::text_in(entry.required[i]);
    const auto is_it = [&](std::string_view id) { return id == name; };
    if (std::ranges::none_of(dcc::host::contract_services(), is_it) &&
        std::ranges::none_of(subject.offered.services, is_it)) {
      return fail('\'' + host::printable(name) + '\'',
                  "services that hosts of " + std::to_string(DCC_ABI_MAJOR) + '.' +
                      std::to_string(DCC_ABI_MINOR) + " offer, or that --service names");
    }
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return pass(names);
}

Finding create(const Subject& subject) {
  if (load_entry(subject).create != nullptr) return pass();
  return fail("a null pointer", "the function create");
}

constexpr std::array kChecks = {
    Check{"entry-loads", "the dynamic loader takes it", loads, "exports-entry"},
    Check{"entry-magic", "the entry begins with the magic number", magic, "entry-loads"},
    Check{"entry-size", "the entry has all fields of contract 1.0", size, "entry-magic"},
    Check{"entry-contract", "built for this major of the contract", version_of_contract,
          "entry-size"},
    Check{"entry-id", "the plugin's id is one", id, "entry-contract"},
    Check{"entry-texts", "version and build can be shown", texts, "entry-contract"},
    Check{"entry-services", "requires only services that are known", required_services,
          "entry-contract"},
    Check{"entry-create", "there is a function create", create, "entry-contract"},
};

}  // namespace

std::span<const Check> entry_checks() {
  return kChecks;
}

}  // namespace dcc::check
