// SPDX-License-Identifier: Apache-2.0
//
// What can be told from the file alone: whole, exports, dependencies. The code is not loaded.
#include <algorithm>
#include <array>

#include "check/check.hpp"
#include "check/dynamic_tables.hpp"
#include "dcc/plugin.h"
#include "host/elf.hpp"
#include "host/file_content.hpp"
#include "host/one_line.hpp"

namespace dcc::check {
namespace {

// The fields of contract 1.0.
constexpr std::size_t kEntrySize = offsetof(dcc_plugin_entry, create) + sizeof(void*);
constexpr std::string_view kEntryPrefix = "dcc_plugin_entry_v";

DynamicTables tables_of(const Subject& subject) try {
  return read_dynamic_tables(subject.bytes);
} catch (const std::runtime_error& error) {
  throw Found{fail(error.what(), "the tables of a shared object")};
}

template <typename Texts>
std::string joined(const Texts& texts) {
  std::string line;
  for (const auto& text : texts) line += (line.empty() ? "" : ", ") + host::printable(text);
  return line;
}

// ---- file

Finding is_shared_object(const Subject& subject) {
  const std::string why = dcc::host::why_no_shared_object(subject.bytes);
  if (!why.empty()) return fail(why, "a whole ELF shared object for this machine");
  return pass(std::to_string(subject.bytes.size()) + " octets");
}

Finding belongs_to_the_operator(const Subject& subject) try {
  dcc::host::read_file(subject.file, subject.bytes.size());
  if (subject.settings_file) dcc::host::read_file(*subject.settings_file, dcc::host::kMaxIniSize);
  return pass();
} catch (const dcc::host::NotAccepted& why) {
  return warn(why.what(), "what a host demands of the files in its directories");
}

// ---- exports

Finding exports_the_entry(const Subject& subject) {
  const DynamicTables tables = tables_of(subject);
  const auto& exported = tables.exported;
  const auto entry =
      std::ranges::find(exported, DCC_PLUGIN_ENTRY_SYMBOL, &DynamicTables::Symbol::name);
  if (entry != exported.end()) {
    if (!entry->is_object) return fail("a symbol that is no data object", "a dcc_plugin_entry");
    if (entry->size < kEntrySize) {
      return fail("an object of " + std::to_string(entry->size) + " octets",
                  "at least " + std::to_string(kEntrySize));
    }
    return pass();
  }
  std::vector<std::string> majors;
  for (const auto& symbol : exported) {
    if (symbol.name.starts_with(kEntryPrefix)) majors.push_back(symbol.name);
  }
  if (majors.empty()) return fail("no such symbol", DCC_PLUGIN_ENTRY_SYMBOL);
  return fail("built for another major of the contract: " + joined(majors),
              DCC_PLUGIN_ENTRY_SYMBOL);
}

Finding exports_nothing_else(const Subject& subject) {
  std::vector<std::string> others;
  for (const auto& symbol : tables_of(subject).exported) {
    if (!symbol.name.starts_with(kEntryPrefix)) others.push_back(symbol.name);
  }
  if (others.empty()) return pass();
  constexpr std::size_t kShown = 5;
  const std::size_t count = others.size();
  others.resize(std::min(count, kShown));
  return fail(std::to_string(count) + " more: " + joined(others) + (count > kShown ? ", ..." : ""),
              "the entry alone: link with -fvisibility=hidden and a version script");
}

Finding has_no_unique_symbols(const Subject& subject) {
  std::vector<std::string> unique;
  for (const auto& symbol : tables_of(subject).exported) {
    if (symbol.is_unique) unique.push_back(symbol.name);
  }
  if (unique.empty()) return pass();
  return warn(joined(unique),
              "no STB_GNU_UNIQUE symbols, which two generations of a plugin share: compile with "
              "-fno-gnu-unique");
}

// ---- dependencies

bool is_system_library(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kLibraries = {
      "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libgcc_s.so.1"};
  return std::ranges::find(kLibraries, name) != kLibraries.end() || name.starts_with("ld-linux");
}

bool is_language_run_time(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kLibraries = {"libstdc++.so", "libc++.so",
                                                                 "libc++abi.so", "libunwind.so"};
  return std::ranges::any_of(kLibraries, [&](auto prefix) { return name.starts_with(prefix); });
}

// A C++ run-time of the host's machine works, as long as nobody upgrades one of the two.
Finding needs_the_system_only(const Subject& subject) {
  const std::vector<std::string> needed = tables_of(subject).needed;
  std::vector<std::string> foreign;
  std::vector<std::string> run_times;
  for (const std::string& name : needed) {
    if (is_language_run_time(name)) {
      run_times.push_back(name);
    } else if (!is_system_library(name)) {
      foreign.push_back(name);
    }
  }
  if (!foreign.empty()) {
    return fail(joined(foreign),
                "libc, libm, libdl, libpthread, libgcc_s and the dynamic loader at most");
  }
  if (!run_times.empty()) {
    return warn(joined(run_times),
                "no C++ run-time that can clash with the host's: link with -static-libstdc++");
  }
  return pass(joined(needed));
}

Finding has_no_search_path(const Subject& subject) {
  const auto paths = tables_of(subject).search_paths;
  return paths.empty() ? pass() : fail(joined(paths), "no DT_RPATH, no DT_RUNPATH");
}

Finding has_no_text_relocations(const Subject& subject) {
  if (!tables_of(subject).text_relocations) return pass();
  return fail("DT_TEXTREL", "code that is not written to: compile with -fPIC");
}

Finding has_no_executable_stack(const Subject& subject) {
  if (!tables_of(subject).executable_stack) return pass();
  return fail("it makes the stacks of the process executable",
              "PT_GNU_STACK without PF_X: link with -z noexecstack");
}

constexpr auto kHere = Check::Place::here;
constexpr std::string_view kWhole = "file-shared-object";

constexpr std::array kChecks = {
    Check{kWhole,
          "a whole ELF shared object for this machine",
          is_shared_object,
          {},
          Verdict::fail,
          kHere},
    Check{"file-owner", "plugin and settings may be written by root or this user only",
          belongs_to_the_operator, kWhole, Verdict::warn, kHere},
    Check{"exports-entry", "the data symbol " DCC_PLUGIN_ENTRY_SYMBOL " is exported",
          exports_the_entry, kWhole, Verdict::fail, kHere},
    Check{"exports-only-entry", "no other symbol is exported", exports_nothing_else, kWhole,
          Verdict::fail, kHere},
    Check{"exports-unique-symbols", "no symbol is unique to the process", has_no_unique_symbols,
          kWhole, Verdict::warn, kHere},
    Check{"dependencies-libraries", "needs the C library at most", needs_the_system_only, kWhole,
          Verdict::fail, kHere},
    Check{"dependencies-search-path", "no search path for libraries is built in",
          has_no_search_path, kWhole, Verdict::fail, kHere},
    Check{"dependencies-text-relocations", "the loader need not write to its code",
          has_no_text_relocations, kWhole, Verdict::fail, kHere},
    Check{"dependencies-executable-stack", "stacks stay non-executable", has_no_executable_stack,
          kWhole, Verdict::fail, kHere},
};

}  // namespace

std::span<const Check> file_checks() {
  return kChecks;
}

}  // namespace dcc::check
