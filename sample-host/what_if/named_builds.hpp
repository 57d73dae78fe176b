// SPDX-License-Identifier: Apache-2.0
//
// The builds and settings that a trail's records name, out of the cache of what has run: loaded,
// with all checks of a reload, when they are asked for. One thread at a time; decide_apart().
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "host/kept_pair.hpp"
#include "what_if/candidate.hpp"

namespace sample {

class NamedBuilds {
 public:
  using Table = std::shared_ptr<const dcc::host::HandlerTable>;

  // `directory`: empty, this process's own, and there as long as the object. `installed`: whose
  // cache it is. `built_in`: the host's own handlers, whether they answer now or not. Throws
  // dcc::host::NotAccepted: the cache is not this process's user's.
  NamedBuilds(std::filesystem::path directory, dcc::host::PluginPaths installed,
              dcc::host::HostServices services, dcc::host::HandlerTable::Map built_in);

  // What decides as this handler (Handler::Info::name()) with these settings did. More than one:
  // several files say that they are this build. None: it is not in the cache.
  const std::vector<Table>& find(const std::string& handler, const std::string& settings_hash);

  // Something that knows which requests this SRV has, for what the host decides itself: the last
  // that went live. Null: there is none.
  Table for_srv(const std::string& srv);

  // What is in the cache and could not be used, a line each.
  const std::vector<std::string>& unusable() const { return unusable_; }

 private:
  struct Kept {
    dcc::host::KeptPair pair;
    bool tried = false;
    std::unique_ptr<Candidate> candidate;  // null: it could not be used
  };

  Table load(Kept& kept);

  const std::filesystem::path directory_;
  dcc::host::PluginPaths none_installed_;
  const dcc::host::HostServices services_;
  const Table built_in_;
  std::vector<Kept> kept_;  // the last that went live first
  std::map<std::pair<std::string, std::string>, std::vector<Table>> found_;
  std::vector<std::string> unusable_;
};

}  // namespace sample
