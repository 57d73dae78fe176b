// SPDX-License-Identifier: Apache-2.0
//
// dcc/host.h as a foreign language meets it: the shared object, opened by its path, and functions
// found by their names. And directories with the real plugin in them.
#pragma once

#include <dlfcn.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "dcc/host.h"
#include "dcc/plugin.h"
#include "support/temp_directory.hpp"

namespace foreign_test {

namespace fs = std::filesystem;

class SharedObject {
 public:
  explicit SharedObject(const char* file) : library_(::dlopen(file, RTLD_NOW | RTLD_LOCAL)) {
    if (library_ == nullptr) throw std::runtime_error(::dlerror());
  }
  template <typename Function>
  void find(Function& function, const char* name) const {
    function = reinterpret_cast<Function>(::dlsym(library_, name));
    if (function == nullptr) throw std::runtime_error(std::string(name) + " is not there");
  }

 private:
  void* library_;
};

struct Api : SharedObject {
  Api() : SharedObject(HOST_LIBRARY) {
    find(abi, "dcch_abi");
    find(make, "dcch_new");
    find(reload, "dcch_reload");
    find(state, "dcch_state");
    find(changed, "dcch_changed");
    find(log, "dcch_log");
    find(decide, "dcch_decide");
    find(free, "dcch_free");
  }
  static const Api& get() {
    static const Api api;
    return api;
  }

  decltype(&dcch_abi) abi = nullptr;
  decltype(&dcch_new) make = nullptr;
  decltype(&dcch_reload) reload = nullptr;
  decltype(&dcch_state) state = nullptr;
  decltype(&dcch_changed) changed = nullptr;
  decltype(&dcch_log) log = nullptr;
  decltype(&dcch_decide) decide = nullptr;
  decltype(&dcch_free) free = nullptr;
};

// Directories of plugins; with ch-returns and the golden messages' plugin in them.
class World {
 public:
  World() {
    for (const char* name : {"plugins", "settings"}) {
      fs::create_directory(root.path() / name);
      fs::permissions(root.path() / name, fs::perms::owner_all);
    }
  }
  void install_all() {
    install("ch-returns", CH_RETURNS, support::read_file(CH_RETURNS_SETTINGS));
    install("conformance", CONFORMANCE_PLUGIN, "[conformance]\nnote = x\n");
  }
  void install(const std::string& stem, const fs::path& plugin, const std::string& settings) {
    configure(stem, settings);
    support::replace_file(root.path() / "plugins" / (stem + ".so"), support::read_file(plugin));
  }
  void configure(const std::string& stem, const std::string& settings) {
    support::replace_file(root.path() / "settings" / (stem + ".ini"), settings);
  }
  // `more`: further members.
  std::string options(const std::string& more = "") const {
    const auto member = [&](const char* name) {
      return '"' + std::string(name) + "\": \"" + (root.path() / name).string() + "\", ";
    };
    return "{" + member("plugins") + member("settings") + member("cache") + "\"probe\": \"" +
           PROBE_PROGRAM + "\", \"fact_kinds\": [\"com.example.tariff\"]" + more + "}";
  }

  support::TempDirectory root;
};

// What a function has written, or why not.
struct Result {
  std::int64_t status = 0;  // negative: minus a dcc_status
  std::string text;
};

// A handle, and calls with as much room as they need.
class Library {
 public:
  explicit Library(const std::string& options) {
    std::string error(1000, 'x');
    handle = api.make(options.data(), options.size(), error.data(), error.size());
    if (handle == nullptr) throw std::runtime_error(error.c_str());
  }
  ~Library() { api.free(handle); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  Result decide(std::string_view message) const {
    return call([&](char* out, std::size_t cap) {
      return api.decide(handle, message.data(), message.size(), out, cap);
    });
  }
  Result state() const {
    return call([&](char* out, std::size_t cap) { return api.state(handle, out, cap); });
  }
  Result log() const {
    return call([&](char* out, std::size_t cap) { return api.log(handle, out, cap); });
  }

  const Api& api = Api::get();
  dcch* handle = nullptr;

 private:
  template <typename Call>
  static Result call(Call one) {
    std::string out(1 << 16, 'x');
    std::int64_t size = one(out.data(), out.size());
    if (size >= static_cast<std::int64_t>(out.size())) {
      out.resize(static_cast<std::size_t>(size) + 1);
      size = one(out.data(), out.size());
    }
    return {size, out.c_str()};
  }
};

// A world, and the library in it with everything live.
struct Running {
  explicit Running(const std::string& more = "") {
    world.install_all();
    library.emplace(world.options(more));
    if (library->api.reload(library->handle, 1) != DCC_OK) throw std::runtime_error("reload");
  }
  World world;
  std::optional<Library> library;
};

}  // namespace foreign_test
