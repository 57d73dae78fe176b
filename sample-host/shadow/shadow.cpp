// SPDX-License-Identifier: Apache-2.0
#include "shadow/shadow.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "adaptor/pipeline.hpp"
#include "duis/reader.hpp"
#include "duis/request_view.hpp"
#include "host/one_line.hpp"
#include "json/json_text.hpp"
#include "shadow/decide_process.hpp"
#include "shadow/message.hpp"

namespace sample {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using dcc::adaptor::Outcome;

constexpr std::size_t kMaxWaiting = 1'000;
constexpr std::size_t kMaxCandidates = 16;
// A process that has crashed starts anew at once, but not over and over.
constexpr std::chrono::milliseconds kPause{1'000};
constexpr std::chrono::milliseconds kTimeToLoad{10'000};
constexpr int kNice = 19;

// In the candidates' cache, which is this process's alone.
fs::path write_options(const dcc::host::PluginPaths& paths) {
  fs::create_directories(paths.cache);
  fs::permissions(paths.cache, fs::perms::owner_all);
  fs::path file = paths.cache / "dcc-decide.json";
  std::ofstream out(file);
  out << dcc::json_text(json::object{{"plugins", fs::absolute(paths.directory).string()},
                                     {"settings", fs::absolute(paths.config_directory).string()},
                                     {"cache", fs::absolute(paths.cache).string()},
                                     {"probe", fs::absolute(paths.probe).string()},
                                     {"name", "dcc-sample-host, shadow"}});
  if (!out.flush()) throw std::runtime_error(file.string() + ": cannot be written");
  return file;
}

std::string text_of(const json::object& answer, const char* name) {
  const json::value* value = answer.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

std::string answer_of(const json::object& answer) {
  std::string outcome = text_of(answer, "outcome");
  if (outcome == "answered") return text_of(answer, "code");
  if (outcome == "not_valid") return "400";
  if (outcome == "unavailable") return "503";
  return outcome;
}

}  // namespace

// What the thread works with.
class Shadow::Thread {
 public:
  explicit Thread(Shadow& shadow)
      : shadow_(shadow),
        options_file_(write_options(shadow.options_.plugins)),
        reader_(*shadow.options_.schema) {}

  void decide(const Outcome& outcome) {
    const std::string line = message(outcome);
    if (line.empty()) return;
    auto reply = ready();
    if (reply.how == DecideProcess::End::answered)
      reply = process_->ask(line, std::chrono::milliseconds(dcc::adaptor::kDeadlineMs));
    log();
    if (reply.how == DecideProcess::End::answered) return take(outcome, reply.line);
    const bool late = reply.how == DecideProcess::End::late;
    process_.reset();
    const std::string why = late ? "did not answer in time" : reply.line;
    spdlog::warn("shadow: the process of the candidates {} at request {}", why,
                 outcome.request_id.text());
    shadow_.pause(late ? &ShadowReport::late : &ShadowReport::crashes, why);
  }

  // So that what it says when nothing is decided comes to the log, too.
  void log() {
    if (!process_) return;
    for (const std::string& line : process_->log())
      spdlog::info("shadow: {}", dcc::host::printable(line, 1000));
  }

 private:
  // Has the process loaded the candidates? On a machine that is busy that takes its time, which is
  // no candidate's lateness.
  DecideProcess::Reply ready() {
    if (process_) return {DecideProcess::End::answered, {}};
    process_.emplace(shadow_.options_.decide, options_file_);
    return process_->ask(R"({"id":0,"state":true})", kTimeToLoad);
  }

  // Empty: the request is not read. Then it was not read when it was answered, either.
  std::string message(const Outcome& outcome) {
    const auto* read = reader_.read(outcome.request);
    if (read == nullptr) return {};
    const dcc_request& request =
        view_.of(*read, {}, outcome.received_at, outcome.received_at + dcc::adaptor::kDeadlineMs);
    return dcc::json_text(
        json::object{{"id", 1}, {"decide", decide_message(request, outcome.facts)}});
  }

  void take(const Outcome& outcome, const std::string& line) {
    const json::value reply = json::parse(line);
    const json::value* found = reply.as_object().if_contains("answer");
    if (found == nullptr) throw std::runtime_error("dcc-decide: " + line);
    shadow_.count(outcome, found->as_object());
  }

  Shadow& shadow_;
  const fs::path options_file_;
  dcc::duis::Reader reader_;
  dcc::duis::RequestView view_;
  std::optional<DecideProcess> process_;
};

Shadow::Shadow(ShadowOptions options) : options_(std::move(options)) {
  if (::sem_init(&there_are_some_, 0, 0) != 0)
    throw std::system_error(errno, std::generic_category(), "sem_init");
  thread_ = std::thread([this] { run(); });
}

Shadow::~Shadow() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stops_.notify_all();
  ::sem_post(&there_are_some_);
  thread_.join();
  take_offered();
  ::sem_destroy(&there_are_some_);
}

void Shadow::offer(Outcome outcome) noexcept try {
  ++offered_;
  if (waiting_ >= kMaxWaiting) {
    ++lost_;
    return;
  }
  auto made = std::make_unique<Offered>(Offered{std::move(outcome), last_offered_});
  ++waiting_;  // before anybody can take it
  Offered* const offered = made.release();
  while (!last_offered_.compare_exchange_weak(offered->before, offered)) {
  }
  ::sem_post(&there_are_some_);
} catch (const std::exception&) {
  ++lost_;
}

ShadowReport Shadow::report() const {
  const std::lock_guard lock(mutex_);
  ShadowReport report = report_;
  report.offered = offered_;
  report.lost = lost_;
  return report;
}

// All that has been offered, in its order.
void Shadow::take_offered() {
  std::unique_ptr<Offered> offered(last_offered_.exchange(nullptr));
  while (offered) {
    taken_.push_front(std::move(offered->outcome));
    offered.reset(offered->before);
  }
}

// Takes the next one, or waits a while for it. Nothing: there is none, or it is over.
std::optional<Outcome> Shadow::next() {
  timespec until{};
  ::clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += kPause.count() / 1000;
  if (::sem_clockwait(&there_are_some_, CLOCK_MONOTONIC, &until) != 0 || is_stopped())
    return std::nullopt;
  if (taken_.empty()) take_offered();
  Outcome outcome = std::move(taken_.front());
  taken_.pop_front();
  --waiting_;
  return outcome;
}

bool Shadow::is_stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

void Shadow::run() {
  // Behind everything else on this machine; a child is born with it.
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
  std::optional<Thread> thread;
  while (!is_stopped()) {
    try {
      if (!thread) thread.emplace(*this);
      thread->log();
      if (const auto outcome = next()) thread->decide(*outcome);
    } catch (const std::exception& error) {
      thread.reset();
      spdlog::error("shadow: {}", error.what());
      pause(nullptr, error.what());
    }
  }
}

void Shadow::pause(std::uint64_t ShadowReport::*counter, const std::string& why) {
  std::unique_lock lock(mutex_);
  if (counter != nullptr) ++(report_.*counter);
  report_.problem = dcc::host::printable(why, 1000);
  stops_.wait_for(lock, kPause, [this] { return stopped_; });
}

// The place of who has answered; the last first.
ShadowCandidate& Shadow::candidate(const json::object& answer) {
  ShadowCandidate fresh;
  fresh.id = text_of(answer, "plugin");
  fresh.version = text_of(answer, "version");
  fresh.build = text_of(answer, "build");
  fresh.settings = text_of(answer, "settings");
  auto& all = report_.candidates;
  const auto known = std::ranges::find_if(all, [&](const ShadowCandidate& each) {
    return each.id == fresh.id && each.build == fresh.build && each.settings == fresh.settings;
  });
  if (known != all.end()) return *known;
  if (all.size() >= kMaxCandidates) all.pop_back();
  return *all.insert(all.begin(), std::move(fresh));
}

void Shadow::count(const Outcome& outcome, const json::object& answer) {
  const std::string now = answer_of(answer);
  const std::lock_guard lock(mutex_);
  report_.problem.clear();
  if (now == "no_handler") {
    ++report_.unhandled;
    return;
  }
  // Who was not asked has decided nothing: E1, E3 and the like are the host's.
  if (text_of(answer, "plugin").empty()) return;
  ShadowCandidate& it = candidate(answer);
  ++it.decided;
  if (now == outcome.code) {
    ++it.same;
  } else if (now == "asks") {
    if (++it.asked == 1) spdlog::warn("shadow: {} asks for what was not known", it.id);
  } else if (now == "failed") {
    if (++it.failed == 1)
      spdlog::warn("shadow: {} failed at request {}", it.id, outcome.request_id.text());
  } else {
    auto& difference = it.different[{outcome.code, now}];
    if (++difference.count > 1) return;
    difference.request_id = outcome.request_id.text();
    difference.was = outcome.reason;
    difference.now = text_of(answer, "reason");
    spdlog::warn("shadow: {} answers {} instead of {}: request {}, was: {}; now: {}", it.id, now,
                 outcome.code, difference.request_id, difference.was, difference.now);
  }
}

}  // namespace sample
