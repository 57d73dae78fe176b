// SPDX-License-Identifier: Apache-2.0
#include "what_if/candidate.hpp"

#include <fstream>
#include <map>
#include <string>
#include <utility>

#include "host/elf.hpp"
#include "host/file_content.hpp"
#include "host/plugin_library.hpp"
#include "host/private_copy.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;
using dcc::host::NotAccepted;

// By stem.
using Files = std::map<std::string, fs::path>;

Files files_in(const fs::path& directory, const std::string& extension) {
  dcc::host::check_directory(directory);
  Files files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const fs::path& path = entry.path();
    if (path.extension() == extension && path.filename().string().front() != '.')
      files[path.stem().string()] = path;
  }
  return files;
}

// Of what its entry says, which is data: none of the plugin's functions are called.
std::string id_of(const fs::path& plugin, const fs::path& cache,
                  const dcc::host::HostServices& services) {
  const auto file = dcc::host::read_file(plugin, dcc::host::kMaxPluginSize);
  if (const auto why = dcc::host::why_no_shared_object(file.bytes); !why.empty())
    throw NotAccepted(plugin.string() + ": " + why);
  try {
    return dcc::host::PluginLibrary::load(dcc::host::private_copy(file, cache), file.hash, services)
        .id();
  } catch (const NotAccepted& error) {
    throw NotAccepted(plugin.string() + ": " + error.what());
  }
}

// The stem of the plugin that settings are for, when they come without one.
std::string owner_of(const fs::path& settings, const Files& installed) {
  std::string stem = settings.stem().string();
  if (installed.contains(stem)) return stem;
  if (installed.size() == 1) return installed.begin()->first;
  throw NotAccepted(settings.string() + ": which plugin's settings are these? None of the " +
                    std::to_string(installed.size()) + " plugins is " + stem + ".so");
}

// A refusal names the files that the caller knows, not their copies.
class Copies {
 public:
  void copy(const fs::path& from, const fs::path& to) {
    const auto file = dcc::host::read_file(from, dcc::host::kMaxPluginSize);
    std::ofstream out(to, std::ios::binary);
    if (!out.write(file.bytes.data(), static_cast<std::streamsize>(file.bytes.size())).flush())
      throw NotAccepted(to.string() + ": cannot be written");
    fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write);
    origins_[to] = from;
  }

  std::string name_origins(std::string text) const {
    for (const auto& [to, from] : origins_) {
      const std::string copied = to.string();
      for (std::size_t at = 0; (at = text.find(copied, at)) != text.npos;) {
        text.replace(at, copied.size(), from.string());
        at += from.string().size();
      }
    }
    return text;
  }

 private:
  std::map<fs::path, fs::path> origins_;
};

}  // namespace

std::string place_of(const fs::path& candidate, const fs::path& directory, const fs::path& cache,
                     const dcc::host::HostServices& services) {
  const std::string id = id_of(candidate, cache, services);
  for (const auto& [stem, path] : files_in(directory, ".so")) {
    try {
      if (id_of(path, cache, services) == id) return stem;
    } catch (const NotAccepted&) {
      // It does not run now, either.
    }
  }
  return candidate.stem().string();
}

Candidate::Candidate(const fs::path& directory, const dcc::host::PluginPaths& installed,
                     const Change& change, dcc::host::HostServices services,
                     dcc::host::HandlerTable::Map built_in) {
  dcc::host::PluginPaths paths = installed;
  paths.directory = directory / "plugins";
  paths.config_directory = directory / "plugins.d";
  paths.cache = directory / "cache";
  for (const fs::path& part : {paths.directory, paths.config_directory}) {
    fs::create_directory(part);
    fs::permissions(part, fs::perms::owner_all);
  }

  Files plugins = files_in(installed.directory, ".so");
  Files settings = files_in(installed.config_directory, ".ini");
  std::string changed;
  if (!change.plugin.empty()) {
    changed = place_of(change.plugin, installed.directory, paths.cache, services);
    plugins[changed] = change.plugin;
  } else if (!change.settings.empty()) {
    changed = owner_of(change.settings, plugins);
  }
  if (!change.settings.empty()) settings[changed] = change.settings;
  Copies copies;
  for (const auto& [stem, file] : plugins) copies.copy(file, paths.directory / (stem + ".so"));
  for (const auto& [stem, file] : settings)
    copies.copy(file, paths.config_directory / (stem + ".ini"));

  plugins_ = std::make_unique<dcc::host::PluginDirectory>(std::move(paths), std::move(services),
                                                          registry_, std::move(built_in));
  reports_ = plugins_->reload();
  for (const auto& report : reports_) {
    if (!report.refused) continue;
    const auto used = settings.find(fs::path(report.file).stem().string());
    throw NotAccepted(copies.name_origins(report.reason) + " (settings: " +
                      (used == settings.end() ? "none" : used->second.string()) + ")");
  }
}

Candidate::~Candidate() = default;

}  // namespace sample
