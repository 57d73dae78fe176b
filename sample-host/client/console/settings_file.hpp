// SPDX-License-Identifier: Apache-2.0
//
// The plugin's settings file as the console's editor sees it. Safe from any thread.
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "foreign/json_tree.hpp"
#include "http/listen_address.hpp"

namespace sample::console {

class SettingsFile {
 public:
  explicit SettingsFile(std::filesystem::path file) : file_(std::move(file)) {}

  // {"file", "text", "hash", "previous": the last text that ran and was replaced here, or null}
  // Throws std::exception: it cannot be read.
  boost::json::object read() const;

  // Question: {"text", "hash": of what is to be replaced}. Replaces the file, waits until the host
  // has looked at it, and answers {"live", "reason", "milliseconds", "hash"}: whether it runs, else
  // why not (what ran still runs), and the time from the rename until it was live.
  // BadInput: it is no such question, or somebody else has changed the file meanwhile;
  // std::exception: it cannot be written, or the host does not answer.
  boost::json::object save(const ListenAddress& admin, const dcc::foreign::Json& question);

 private:
  const std::filesystem::path file_;
  mutable std::mutex mutex_;  // one save at a time; guards the one below
  std::optional<std::string> previous_;
};

}  // namespace sample::console
