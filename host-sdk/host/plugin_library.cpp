// SPDX-License-Identifier: Apache-2.0
#include "host/plugin_library.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <boost/dll/library_info.hpp>
#include <boost/dll/shared_library.hpp>
#include <map>
#include <mutex>
#include <string_view>

#include "host/crash_note.hpp"
#include "host/one_line.hpp"
#include "host/plugin_text.hpp"
#include "host/services.hpp"
#include "text/hex.hpp"

namespace dcc::host {
namespace {

namespace dll = boost::dll;

// The fields of contract 1.0, without which an entry is no use.
constexpr std::size_t kEntrySize = offsetof(dcc_plugin_entry, create) + sizeof(void*);

std::string text_of(dcc_str text) {
  return one_line(text_in(text), kMaxEntryText);
}

std::string hex(std::uint32_t number) {
  return "0x" + text::hex(number, 8);
}

// What this process has mapped, by the content's hash. Never destroyed: see the header.
struct Mapped {
  std::mutex mutex;
  std::map<std::string, dll::shared_library> libraries;
};
Mapped& mapped() {
  static auto& all = *new Mapped;
  return all;
}

const dll::shared_library& map(const std::filesystem::path& copy, const std::string& hash) {
  const std::lock_guard lock(mapped().mutex);
  auto& libraries = mapped().libraries;
  if (const auto it = libraries.find(hash); it != libraries.end()) return it->second;

  if (libraries.size() >= kMaxBuilds) {
    throw NotAccepted("cannot be loaded: this process has loaded " + std::to_string(kMaxBuilds) +
                      " builds since it started, all that it takes, and keeps each until it ends; "
                      "restart it");
  }
  std::error_code error;
  dll::shared_library library;
  const InsidePlugin inside(copy.native(), "load");
  library.load(copy, dll::load_mode::rtld_now | dll::load_mode::rtld_local, error);
  if (error) {
    const char* why = ::dlerror();
    throw NotAccepted("cannot be loaded: " +
                      one_line(why == nullptr ? error.message() : why, kMaxEntryText));
  }
  return libraries.emplace(hash, std::move(library)).first->second;
}

// The entries of other majors that the library exports, for the message.
std::string other_majors(const dll::shared_library& library) {
  std::string found;
  std::error_code error;
  const auto path = library.location(error);
  if (error) return found;
  dll::library_info info(path);
  for (const std::string& symbol : info.symbols()) {
    if (symbol.starts_with("dcc_plugin_entry_v")) found += ' ' + one_line(symbol, kMaxEntryText);
  }
  return found;
}

const dcc_plugin_entry& find_entry(const dll::shared_library& library) {
  if (!library.has(DCC_PLUGIN_ENTRY_SYMBOL)) {
    if (const std::string others = other_majors(library); !others.empty()) {
      throw NotAccepted("built for another major of the contract: found" + others +
                        ", expected " DCC_PLUGIN_ENTRY_SYMBOL);
    }
    throw NotAccepted("not a plugin: exports no symbol " DCC_PLUGIN_ENTRY_SYMBOL);
  }
  return library.get<const dcc_plugin_entry>(DCC_PLUGIN_ENTRY_SYMBOL);
}

void check_layout(const dcc_plugin_entry& entry) {
  if (entry.magic != DCC_PLUGIN_MAGIC) {
    throw NotAccepted("wrong magic " + hex(entry.magic) + " in the entry, expected " +
                      hex(DCC_PLUGIN_MAGIC));
  }
  if (entry.size < kEntrySize) {
    throw NotAccepted("entry of " + std::to_string(entry.size) + " octets, expected at least " +
                      std::to_string(kEntrySize));
  }
  if (entry.abi_major != DCC_ABI_MAJOR) {
    throw NotAccepted("major " + std::to_string(entry.abi_major) +
                      " of the contract in the entry, " + "expected " +
                      std::to_string(DCC_ABI_MAJOR));
  }
  if (entry.create == nullptr) throw NotAccepted("entry without the function create");
}

void check_id(const dcc_plugin_entry& entry) {
  const auto is_graphic = [](char c) { return c > 0x20 && c < 0x7f; };
  const std::string_view id = text_in(entry.id);
  const bool good =
      !id.empty() && id.size() <= kMaxIdSize && std::all_of(id.begin(), id.end(), is_graphic);
  if (!good) {
    throw NotAccepted("plugin id '" + text_of(entry.id) + "', expected 1 to " +
                      std::to_string(kMaxIdSize) + " printable ASCII characters without space");
  }
}

void check_required(const dcc_plugin_entry& entry, const HostServices& services) {
  if (entry.required_count > kMaxRequired ||
      (entry.required_count > 0 && entry.required == nullptr)) {
    throw NotAccepted("list of " + std::to_string(entry.required_count) +
                      " required services, expected at most " + std::to_string(kMaxRequired));
  }
  for (std::uint32_t i = 0; i < entry.required_count; ++i) {
    const dcc_str id = entry.required[i];
    if (find_service(services, text_in(id)) == nullptr) {
      throw NotAccepted("requires the service '" + text_of(id) +
                        "', which this host does not offer");
    }
  }
}

}  // namespace

PluginLibrary::PluginLibrary(const dcc_plugin_entry& entry, std::string hash)
    : entry_(&entry),
      id_(text_of(entry.id)),
      version_(text_of(entry.version)),
      build_(text_of(entry.build)),
      hash_(std::move(hash)) {}

PluginLibrary PluginLibrary::load(const std::filesystem::path& copy, const std::string& hash,
                                  const HostServices& services) {
  const dcc_plugin_entry& entry = find_entry(map(copy, hash));
  check_layout(entry);
  check_id(entry);
  check_required(entry, services);
  return PluginLibrary(entry, hash);
}

}  // namespace dcc::host
