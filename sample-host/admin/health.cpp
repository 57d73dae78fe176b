// SPDX-License-Identifier: Apache-2.0
#include "admin/health.hpp"

#include <fmt/format.h>

#include <string_view>

namespace sample {
namespace {

using Phase = HostState::Phase;

constexpr std::int64_t kDay = 24LL * 3600 * 1000;
constexpr std::int64_t kSoon = 14 * kDay;
constexpr std::uint64_t kFewPercent = 5;

class Reasons {
 public:
  void grave(std::string_view part, std::string text) {
    all_.push_back({std::string(part), true, std::move(text)});
  }
  void advise(std::string_view part, std::string text) {
    all_.push_back({std::string(part), false, std::move(text)});
  }
  // Files that were refused, each with its why.
  void refused(std::string_view part, const std::vector<std::string>& lines,
               std::string_view what_to_do) {
    for (const std::string& line : lines) grave(part, fmt::format("{}: {}", line, what_to_do));
  }
  std::vector<Reason> take() && { return std::move(all_); }

 private:
  std::vector<Reason> all_;
};

void say_phase(const HostState& state, Reasons& reasons) {
  if (state.phase == Phase::starting)
    reasons.grave("host", "the host is starting: wait until /readyz says 200");
  if (state.phase == Phase::draining)
    reasons.grave("host",
                  "the host is stopping and answers what it has taken: send requests elsewhere");
}

// Without its path: whoever asks /readyz need not know that.
void say_store(const HostState& state, Reasons& reasons) {
  if (state.store_usable) return;
  reasons.grave("store",
                "the store ([store] url) takes nothing, so requests are answered 503: look for \"a "
                "commit failed\" in the log, and at the disk, its permissions and who locks it");
}

void say_commit(const HostState& state, Reasons& reasons) {
  if (!state.last_commit_failed) return;
  const std::string since =
      state.last_commit == 0
          ? std::string("none has succeeded since the start")
          : fmt::format("the last good one was {} s ago", (state.now - state.last_commit) / 1000);
  // With a store that takes what is written again, it is over.
  const std::string text = fmt::format(
      "the last commit failed, {}: its requests were answered 503, and clients send them "
      "again; see \"a commit failed\" in the log",
      since);
  state.store_usable ? reasons.advise("commit", text) : reasons.grave("commit", text);
}

void say_handlers(const HostState& state, Reasons& reasons) {
  if (!state.handlers.empty() || state.phase != Phase::serving) return;
  reasons.advise(
      "handlers",
      "nobody answers any SRV, so every request is answered 501: install a plugin, or see "
      "/plugins for why none is live");
}

void say_certificates(const HostState& state, Reasons& reasons) {
  for (const auto& certificate : state.certificates) {
    const std::int64_t left = certificate.not_after - state.now;
    if (left > kSoon) continue;
    const std::string_view then = certificate.use == "users"
                                      ? "that User's requests are answered 403"
                                  : certificate.use == "tls" ? "clients refuse to connect"
                                                             : "new requests are answered 503";
    const std::string when =
        left < 0 ? std::string("has expired") : fmt::format("ends in {} days", left / kDay);
    reasons.advise("certificates",
                   fmt::format("{} ({}) {}; then {}: put a new one in its place and reload",
                               certificate.name, certificate.use, when, then));
  }
}

void say_disk(const HostState& state, Reasons& reasons) {
  if (!state.disk_free || !state.disk_size) return;
  if (*state.disk_free / kFewPercent >= *state.disk_size / 100) return;
  reasons.advise("disk",
                 fmt::format("{} of {} MiB are free where {} is: make room before commits "
                             "fail",
                             *state.disk_free >> 20U, *state.disk_size >> 20U, state.store_file));
}

void say_plugins(const LoadReport& report, Reasons& reasons) {
  for (const auto& plugin : report.plugins) {
    if (!plugin.refused) continue;
    const std::string_view runs = plugin.from_cache ? "what ran before the start runs again"
                                  : plugin.live     ? "what was live before still is"
                                                    : "nothing of it is live";
    reasons.grave("plugins", fmt::format("{}: {}; {}: mend the file or its settings, or put the "
                                         "former ones back",
                                         plugin.file, plugin.reason, runs));
  }
}

void say_log(const HostState& state, Reasons& reasons) {
  if (state.log_lines_lost == 0) return;
  reasons.advise("log",
                 fmt::format("{} lines of the log were lost since the start: see whether its "
                             "disk is full or its reader is slow, or log less ([log] level)",
                             state.log_lines_lost));
}

}  // namespace

std::vector<Reason> health_reasons(const HostState& state, const LoadReport& report) {
  Reasons reasons;
  say_phase(state, reasons);
  say_store(state, reasons);
  say_commit(state, reasons);
  say_handlers(state, reasons);
  say_plugins(report, reasons);
  reasons.refused("watch", report.unwatched, "until then reload (SIGHUP) after each change");
  say_certificates(state, reasons);
  reasons.refused("certificates", report.refused_credentials, "mend or remove it, and reload");
  reasons.refused("tls", report.refused_tls, "mend it and reload; the one in use stays");
  reasons.refused("signing", report.refused_signing, "put a valid one in its place and reload");
  reasons.refused("configuration", report.refused_configuration,
                  "mend it and reload; the one in use stays");
  for (const std::string& key : report.restart)
    reasons.advise("configuration", key + " has another value than what runs: restart the host");
  say_disk(state, reasons);
  say_log(state, reasons);
  return std::move(reasons).take();
}

std::vector<Reason> not_ready_reasons(const HostState& state) {
  Reasons reasons;
  say_phase(state, reasons);
  say_store(state, reasons);
  say_handlers(state, reasons);
  return std::move(reasons).take();
}

}  // namespace sample
