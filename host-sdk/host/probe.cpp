// SPDX-License-Identifier: Apache-2.0
#include "host/probe.hpp"

#include <iterator>
#include <sstream>
#include <utility>
#include <vector>

#include "host/child_process.hpp"
#include "host/contract_limits.hpp"
#include "host/elf.hpp"
#include "host/one_line.hpp"
#include "host/private_copy.hpp"
#include "host/probe_report.hpp"
#include "host/services.hpp"

namespace dcc::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMemory = std::size_t{4} << 30;
constexpr std::size_t kMaxLastWords = 200;

[[noreturn]] void no_probe(const std::string& why) {
  throw NotAccepted("no plugin is loaded without a probe: " + why);
}

std::string hash_of_program(const fs::path& program) {
  if (program.empty()) no_probe("none is configured");
  if (is_mounted_noexec(program)) {
    no_probe(program.string() + ": is on a file system that is mounted noexec");
  }
  try {
    return read_file(program, kMaxPluginSize).hash;
  } catch (const NotAccepted& error) {
    no_probe(error.what());
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

// Such as the C library's "free(): invalid pointer".
std::string last_words(const ChildResult& result) {
  const auto lines = lines_of(result.errors);
  return lines.empty() ? "" : "; its last words: " + one_line(lines.back(), kMaxLastWords);
}

// Why the plugin is refused; empty: it is not.
std::string refusal(const ChildResult& result, const ChildLimits& limits,
                    const ProbeReport& report) {
  using End = ChildResult::End;
  if (!report.refusal.empty()) return report.refusal;
  if (result.end == End::exited) {
    if (report.step == kProbeLastStep && result.number == 0) return {};
    return "probe: the plugin ended the process in " + report.step + ", exit code " +
           std::to_string(result.number) + last_words(result);
  }
  if (result.end == End::timed_out) {
    return "probe: the plugin did not return from " + report.step + " within " +
           std::to_string(limits.time.count()) + " ms" + last_words(result);
  }
  return "probe: the plugin crashed in " + report.step + " with signal " +
         signal_text(result.number) + last_words(result);
}

}  // namespace

Probe::Probe(PluginPaths paths, const HostServices& services)
    : paths_(std::move(paths)), services_(services) {}

Probe::Verdict Probe::examine(const FileContent& file, const FileContent& settings, Retry retry,
                              Copy copy) {
  Verdict verdict;
  verdict.refusal = why_no_shared_object(file.bytes);
  if (!verdict.refusal.empty()) return verdict;
  if (copy == Copy::unnamed) {
    check_cache(paths_.cache);
    const UnnamedCopy unnamed(file.bytes);
    hash_of_program(paths_.probe);
    return run(std::move(verdict), unnamed.path(), file, settings);
  }
  verdict.copy = private_copy(file, paths_.cache);

  const std::string octets = file.hash + settings.hash + hash_of_program(paths_.probe);
  Known& known = known_[file.path];
  const bool settled = known.verdict.refusal.empty() || retry == Retry::changed;
  if (known.octets == octets && settled) return known.verdict;
  known.octets.clear();
  const fs::path path = verdict.copy;
  known.verdict = run(std::move(verdict), path, file, settings);
  known.octets = octets;
  return known.verdict;
}

// Fills in what the probe says of the copy.
Probe::Verdict Probe::run(Verdict verdict, const fs::path& copy, const FileContent& file,
                          const FileContent& settings) const {
  ChildLimits limits;
  limits.time = paths_.probe_time;
  limits.memory = kMemory;
  const std::string stem = file.path.stem().string();
  std::vector<std::string> arguments = {fs::absolute(copy).string(), "--name=" + stem};
  for (const auto& [id, table] : services_.own) arguments.push_back("--service=" + id);
  for (const std::string& kind : services_.fact_kinds) arguments.push_back("--facts=" + kind);
  const ChildResult result = run_child(paths_.probe, arguments, limits, settings.bytes);
  if (result.end == ChildResult::End::failed) {
    no_probe(paths_.probe.string() + ' ' + end_text(result, limits));
  }
  auto report = parse_probe_report(result.output);
  if (!report || report->step.empty()) {
    no_probe(paths_.probe.string() + ' ' + end_text(result, limits) +
             " without a report, expected a dcc-plugin-probe of this host's version" +
             last_words(result));
  }
  for (const std::string& line : lines_of(result.errors)) {
    write_log(services_, HostServices::Level::debug, stem, kProbeSays + line);
  }
  verdict.refusal = refusal(result, limits, *report);
  verdict.id = std::move(report->id);
  verdict.version = std::move(report->version);
  verdict.build = std::move(report->build);
  std::istringstream srvs(report->srvs);
  verdict.srvs.assign(std::istream_iterator<std::string>(srvs), {});
  return verdict;
}

}  // namespace dcc::host
