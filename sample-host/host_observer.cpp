// SPDX-License-Identifier: Apache-2.0
#include "host_observer.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "adaptor/unix_ms.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;

std::uint64_t size_of(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  return error ? 0 : size;
}

// As the head of a write-ahead log has it (sqlite.org/fileformat2.html, 4.1).
std::uint64_t pages_of(const fs::path& log, std::uint64_t octets) {
  constexpr std::uint64_t kHead = 32, kFrameHead = 24;
  constexpr std::streamoff kPageSizeAt = 8;
  std::array<char, 4> field{};
  std::ifstream file(log, std::ios::binary);
  if (octets < kHead || !file.seekg(kPageSizeAt) || !file.read(field.data(), field.size()))
    return 0;
  std::uint64_t page = 0;
  for (const char octet : field) page = page << 8U | static_cast<unsigned char>(octet);
  return (octets - kHead) / (page + kFrameHead);
}

}  // namespace

HostObserver::HostObserver(const Config& config, const dcc::adaptor::Adaptor& adaptor,
                           std::shared_ptr<const PublishedTls> tls, const metrics::Traffic& traffic,
                           const Log& log)
    : adaptor_(adaptor),
      tls_(std::move(tls)),
      traffic_(traffic),
      log_(log),
      store_file_(config.store_file),
      started_at_(dcc::adaptor::unix_ms()) {}

void HostObserver::loaded(const std::vector<dcc::host::PluginReport>& plugins) {
  const std::lock_guard lock(mutex_);
  for (auto& [file, lineage] : plugins_) lineage.live = lineage.refused = false;
  for (const auto& plugin : plugins) {
    Lineage& lineage = plugins_[plugin.file];
    lineage.live = plugin.live;
    lineage.refused = plugin.refused;
    if (!plugin.live) continue;
    if (lineage.build == plugin.live_hash && lineage.settings == plugin.live_settings) continue;
    if (lineage.generation++ > 0) ++swaps_;
    lineage.build = plugin.live_hash;
    lineage.settings = plugin.live_settings;
  }
}

HostState HostObserver::state() const {
  HostState state;
  state.version = DCC_VERSION;
  state.now = dcc::adaptor::unix_ms();
  state.started_at = started_at_;
  state.log_lines_lost = log_.lines_lost();
  look_at_store(state);
  look_at_certificates(state);
  look_at_plugins(state);
  return state;
}

void HostObserver::look_at_store(HostState& state) const {
  state.last_commit = traffic_.last_commit();
  state.last_commit_failed = traffic_.last_commit_failed();
  if (store_file_.empty()) return;  // its server's disk is not seen from here
  state.store_file = store_file_.string();
  const fs::path log = store_file_.string() + "-wal";
  state.store_bytes = size_of(store_file_);
  state.log_bytes = size_of(log);
  state.log_pages = pages_of(log, state.log_bytes);
  std::error_code error;
  const fs::space_info space = fs::space(store_file_.parent_path(), error);
  if (error) return;
  state.disk_free = space.available;
  state.disk_size = space.capacity;
}

void HostObserver::look_at_certificates(HostState& state) const {
  if (tls_) {
    state.certificates.push_back({"tls", "[tls] certificate", tls_->current()->not_after()});
  }
  if (adaptor_.signer) {
    state.certificates.push_back({"signing", "[signing] certificate",
                                  adaptor_.signer->current()->certificate().not_after()});
  }
  const auto credentials = adaptor_.credentials.current();
  const dcc::duis::Certificate* first = nullptr;
  for (const auto& certificate : credentials->certificates()) {
    if (certificate.revoked()) continue;
    if (first == nullptr || certificate.not_after() < first->not_after()) first = &certificate;
  }
  if (first != nullptr) {
    state.certificates.push_back(
        {"users", first->eui().text() + ", serial " + first->serial(), first->not_after()});
  }
}

void HostObserver::look_at_plugins(HostState& state) const {
  const std::lock_guard lock(mutex_);
  state.swaps = swaps_;
  for (const auto& [file, lineage] : plugins_)
    state.plugins.push_back({file, lineage.live, lineage.refused, lineage.generation});
}

}  // namespace sample
