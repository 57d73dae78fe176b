// SPDX-License-Identifier: Apache-2.0
#include "store_command.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "adaptor/audit.hpp"
#include "adaptor/outcome_json.hpp"
#include "duis/credentials.hpp"
#include "duis/writer.hpp"
#include "guard/force_to_disk.hpp"
#include "host/error_text.hpp"
#include "progress.hpp"
#include "serve.hpp"
#include "stores/stores.hpp"

namespace sample {
namespace {

// Every page, every index, and the trail with its signatures. Throws std::runtime_error.
dcc::adaptor::AuditReport verify(const Config& config, const std::string& url) {
  check_store(url, Depth::everything);
  const auto store = open_store(url);
  dcc::adaptor::AuditCheck check;
  check.key = signing_key(config);
  dcc::adaptor::AuditReport report = verify_audit(*store, check);
  if (report.findings.empty()) return report;
  throw std::runtime_error("the trail is not whole: " + report.findings.front() +
                           "; audit --verify lists all");
}

void force_to_disk(const std::filesystem::path& path) {
  if (dcc::guard::force_to_disk(path)) return;
  throw std::runtime_error(path.string() +
                           ": cannot be forced to disk: " + dcc::host::error_text(errno));
}

std::string when(std::int64_t unix_ms) {
  return dcc::duis::date_time(unix_ms);
}

// The head of each chain.
std::string heads_of(const dcc::adaptor::AuditReport& report) {
  std::string all;
  for (const auto& chain : report.chains) {
    all.append(all.empty() ? "head " : ", head ");
    if (!chain.name.empty()) all.append("of ").append(chain.name).append(" ");
    all.append(dcc::adaptor::hex(chain.head.hash));
  }
  return all;
}

// A copy that is not good is removed.
class Partial {
 public:
  explicit Partial(const std::filesystem::path& to) : file_(to.string() + ".partial") { remove(); }
  ~Partial() { remove(); }
  Partial(const Partial&) = delete;
  Partial& operator=(const Partial&) = delete;

  const std::filesystem::path& file() const { return file_; }

 private:
  void remove() const {
    std::error_code ignored;
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
      std::filesystem::remove(file_.string() + suffix, ignored);
    }
  }
  const std::filesystem::path file_;
};

}  // namespace

void upgrade(const Config& config, std::ostream& out) {
  require_store(config);
  std::optional<Progress> progress(std::in_place);
  const Upgrade done = upgrade_store(
      config.store_url(), {signing_with_key(config), [&](std::int64_t rows, std::int64_t of) {
                             progress->at("outcomes", rows, of);
                           }});
  progress.reset();
  for (const std::string& step : done.steps) out << "ok    " << step << '\n';
  out << config.store_name() << " has version " << done.to
      << (done.steps.empty() ? ": nothing to do\n" : "\n");
}

void init_store(const std::string& url, std::ostream& out) {
  init_store(std::string_view(url));
  out << "ok    the store is there, with tables for this month and the next three\n";
}

void backup(const Config& config, const std::filesystem::path& to, std::ostream& out) {
  require_store(config);
  const auto target = std::filesystem::absolute(to);
  if (std::filesystem::exists(std::filesystem::symlink_status(target))) {
    throw std::runtime_error(target.string() + ": is there already");
  }
  const Partial partial(target);
  copy_store(config.store_url(), partial.file());
  const auto report = verify(config, "sqlite:" + partial.file().string());
  force_to_disk(partial.file());
  // Unlike a rename it replaces nothing.
  if (::link(partial.file().c_str(), target.c_str()) != 0) {
    throw std::runtime_error(target.string() + ": cannot be made: " + dcc::host::error_text(errno));
  }
  force_to_disk(target.parent_path());
  out << "ok    " << target.string() << ": " << report.records << " records, " << heads_of(report)
      << ", verified\n";
}

void restore(const Config& config, const std::filesystem::path& from, std::ostream& out) {
  if (!std::filesystem::exists(from)) {
    throw std::runtime_error(from.string() + ": there is no such file");
  }
  if (!config.store_file.empty()) make_store_directory(config);
  dcc::adaptor::AuditReport report;
  const Restored restored =
      restore_store(std::filesystem::absolute(from), config.store_url(),
                    [&](const std::string& url) { report = verify(config, url); });
  out << "ok    " << config.store_name() << ": " << report.records << " records, "
      << heads_of(report) << ", epoch " << restored.identity.epoch << '\n';
  if (!restored.replaced.empty()) {
    out << "note  what was there is kept as " << restored.replaced.string() << '\n';
  }
  out << "note  RequestIDs accepted "
      << (restored.last_commit > 0 ? "from " + when(restored.last_commit) : "before") << " to "
      << when(restored.restored_at)
      << " are not known: a repeat of one would be decided anew\n"
         "note  readers of /returns and /outcomes get 409 for what they read since, and begin at "
         "an "
         "older cursor\n";
}

}  // namespace sample
