// SPDX-License-Identifier: Apache-2.0
#include "host/plugin_instance.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <utility>

#include "host/call.hpp"
#include "host/contract_limits.hpp"
#include "host/crash_note.hpp"
#include "host/one_line.hpp"
#include "host/status.hpp"

namespace dcc::host {

// For how many originators the handlers of an instance have failed since they last did not. One
// originator's requests, whatever they are, withdraw nothing. Safe from any thread.
class FailureStreak {
 public:
  explicit FailureStreak(std::size_t limit) : limit_(limit) {}

  bool is_over() const { return over_.load(std::memory_order_acquire); }

  void ended() {
    if (!begun_.load(std::memory_order_relaxed)) return;
    const std::lock_guard lock(mutex_);
    originators_.clear();
    begun_.store(false, std::memory_order_relaxed);
  }

  // True: it is over with this one. Throws std::bad_alloc.
  bool goes_on(std::uint64_t originator, std::string_view why) {
    if (limit_ == 0 || is_over()) return false;
    const std::lock_guard lock(mutex_);
    originators_.insert(originator);
    begun_.store(true, std::memory_order_relaxed);
    if (originators_.size() < limit_ || is_over()) return false;
    why_ = "withdrawn: it failed for " + std::to_string(limit_) +
           " originators in a row, the last time: " + std::string(why);
    over_.store(true, std::memory_order_release);
    return true;
  }

  std::string why() const {
    const std::lock_guard lock(mutex_);
    return why_;
  }

 private:
  const std::size_t limit_;
  std::atomic<bool> begun_ = false, over_ = false;
  mutable std::mutex mutex_;
  std::set<std::uint64_t> originators_;
  std::string why_;
};

namespace {

// The fields of contract 1.0.
constexpr std::size_t kPluginSize = offsetof(dcc_plugin, destroy) + sizeof(void*);

// Shared by the handlers of an instance; the last one to go tells the instance.
class Lease {
 public:
  ~Lease() { all_left_.set_value(); }
  std::future<void> all_left() { return all_left_.get_future(); }

 private:
  std::promise<void> all_left_;
};

// What a handler's calls have come to. Safe from any thread.
class CallCounter {
 public:
  void begin() { begun_.fetch_add(1, std::memory_order_relaxed); }
  void end() { ended_.fetch_add(1, std::memory_order_release); }
  // What was begun only found out what else must be known.
  void take_back() { begun_.fetch_sub(1, std::memory_order_relaxed); }
  void failed() { failed_.fetch_add(1, std::memory_order_relaxed); }
  // How many calls have been late by now.
  std::uint64_t late() { return late_.fetch_add(1, std::memory_order_relaxed) + 1; }

  Handler::Counts counts() const {
    Handler::Counts counts;
    // First those that have ended: then a call that ends meanwhile is not counted as minus one.
    counts.calls = ended_.load(std::memory_order_acquire);
    counts.failed = failed_.load(std::memory_order_relaxed);
    counts.late = late_.load(std::memory_order_relaxed);
    counts.inside = begun_.load(std::memory_order_relaxed) - counts.calls;
    return counts;
  }

 private:
  std::atomic<std::uint64_t> begun_ = 0, ended_ = 0, failed_ = 0, late_ = 0;
};

class PluginHandler final : public Handler {
 public:
  // What is given as a reference must outlive it.
  PluginHandler(Info info, const Staging::Registration& registration, const HostHandle& host,
                const std::string& plugin, std::shared_ptr<const Lease> lease,
                std::shared_ptr<FailureStreak> failures)
      : info_(std::move(info)),
        step_("handler of " + info_.srv),
        plugin_(plugin),
        self_(registration.self),
        handle_(registration.handle),
        host_(host),
        lease_(std::move(lease)),
        failures_(std::move(failures)) {}

  const Info& info() const override { return info_; }
  Counts counts() const override { return calls_.counts(); }
  bool is_withdrawn() const override { return failures_->is_over(); }

  void decide(const dcc_request& request, Facts& facts,
              Decision& decision) const noexcept override {
    calls_.begin();
    const bool in_time = now(host_.services) <= request.deadline;
    ask(request, facts, decision);
    if (decision.kind == Decision::Kind::asks) return calls_.take_back();
    if (decision.kind == Decision::Kind::failed) calls_.failed();
    judge_failure(request, decision);
    // A request that came here too late is not the plugin's fault.
    if (in_time) judge_time(request);
    calls_.end();
  }

  void try_out(const dcc_request& request, Facts& facts,
               Decision& decision) const noexcept override {
    ask(request, facts, decision);
  }

 private:
  void ask(const dcc_request& request, Facts& facts, Decision& decision) const noexcept try {
    dcc_call call(host_, facts, decision);
    dcc_status status = DCC_INTERNAL;
    const InsidePlugin inside(plugin_, step_.c_str(), &request);
    try {
      status = handle_(self_, &request, &call);
    } catch (...) {  // the plugin broke the contract, which is no reason to end the host
      return call.threw();
    }
    call.returned(status);
  } catch (...) {  // out of memory, and none to say so
    decision.kind = Decision::Kind::failed;
    decision.code.clear();
    decision.reason.clear();
  }

  void judge_failure(const dcc_request& request, const Decision& decision) const noexcept try {
    using Kind = Decision::Kind;
    if (decision.kind == Kind::answered || decision.kind == Kind::not_valid)
      return failures_->ended();
    if (decision.kind != Kind::failed) return;
    if (!failures_->goes_on(request.originator, decision.reason)) return;
    write_log(host_.services, HostServices::Level::error, "plugins",
              host_.stem + ".so (" + info_.owner + ' ' + info_.version + ", " + info_.build +
                  ") is " + failures_->why() +
                  "; its SRVs are answered 501 until another file or other settings are there");
    if (host_.services.gave_up) host_.services.gave_up();
  } catch (...) {  // the next failure counts as well
  }

  void judge_time(const dcc_request& request) const noexcept try {
    const std::int64_t late = now(host_.services) - request.deadline;
    if (late <= 0) return;
    const std::uint64_t count = calls_.late();
    if (!std::has_single_bit(count)) return;  // one that is always late must not fill the log
    write_log(host_.services, HostServices::Level::warning, "plugins",
              "handler of " + info_.srv + " (" + info_.owner + ' ' + info_.version + ", " +
                  info_.build + ") was late by " + std::to_string(late) +
                  " ms for the request with counter " + std::to_string(request.counter) + "; " +
                  std::to_string(count) + " late so far");
  } catch (...) {  // counted is what matters
  }

  const Info info_;
  const std::string step_;
  const std::string& plugin_;
  void* const self_;
  const dcc_handle_fn handle_;
  const HostHandle& host_;
  const std::shared_ptr<const Lease> lease_;
  const std::shared_ptr<FailureStreak> failures_;
  mutable CallCounter calls_;
};

// What the plugin wrote why it failed.
class ErrorText {
 public:
  char* data() { return text_.data(); }
  std::size_t size() const { return text_.size(); }
  void set(std::string_view text) { text_[text.copy(text_.data(), text_.size() - 1)] = '\0'; }
  std::string suffix() {
    text_.back() = '\0';
    const std::string_view text(text_.data());
    return text.empty() ? std::string() : ": " + one_line(text, text.size());
  }

 private:
  std::array<char, kMaxError> text_{};
};

// Calls into the plugin; it must not throw, but the host does not depend on that.
template <typename Call>
dcc_status call_plugin(ErrorText& error, Call call) {
  try {
    return call();
  } catch (...) {
    error.set("threw an exception");
    return DCC_INTERNAL;
  }
}

// The same for a function that cannot fail.
template <typename Call>
void call_plugin(Call call) {
  try {
    call();
  } catch (...) {  // there is nobody to tell, and nothing else to do
  }
}

// The plugin's function is called as long as there is this.
class Step {
 public:
  Step(const PluginInstance::OnStep& on_step, const std::string& plugin, const char* function)
      : inside_(plugin, function) {
    if (on_step) on_step(function);
  }

 private:
  const InsidePlugin inside_;
};

}  // namespace

PluginInstance::PluginInstance(PluginLibrary library, const std::string& stem, Settings settings,
                               const HostServices& services, const Staging::HolderOf& holder_of,
                               OnStep on_step)
    : library_(std::move(library)),
      settings_hash_(std::move(settings.hash)),
      host_(services, stem, std::move(settings.values)),
      name_(stem + " (" + library_.id() + ' ' + library_.version() + ", " + library_.build() + ')'),
      on_step_(std::move(on_step)),
      plugin_(nullptr, Destroy{&on_step_, &name_}),
      failures_(std::make_shared<FailureStreak>(services.give_up_after)) {
  create();
  Staging staging(holder_of);
  activate(staging);

  const auto lease = std::make_shared<Lease>();
  all_left_ = lease->all_left();
  for (const Staging::Registration& registration : staging.registrations()) {
    Handler::Info info = registration.info;
    info.owner = library_.id();
    info.version = library_.version();
    info.build = library_.build();
    info.settings_hash = settings_hash_;
    handlers_.push_back(std::make_shared<PluginHandler>(std::move(info), registration, host_, name_,
                                                        lease, failures_));
  }
}

PluginInstance::~PluginInstance() {
  withdraw();
  all_left_.wait();
  deactivate();
}

std::string PluginInstance::given_up() const {
  return failures_->is_over() ? failures_->why() : std::string();
}

bool PluginInstance::left_by(std::chrono::steady_clock::time_point deadline) const {
  return all_left_.wait_until(deadline) == std::future_status::ready;
}

void PluginInstance::create() {
  dcc_plugin* plugin = nullptr;
  ErrorText error;
  const Step step(on_step_, name_, "create");
  const dcc_status status = call_plugin(
      error, [&] { return library_.entry().create(&host_, &plugin, error.data(), error.size()); });
  if (status != DCC_OK) throw NotAccepted("create: " + status_text(status) + error.suffix());
  if (plugin == nullptr) throw NotAccepted("create: succeeded without an instance");
  // Without the right size there is no telling where destroy is: what it made is left alone.
  if (plugin->size < kPluginSize) {
    throw NotAccepted("create: instance structure of " + std::to_string(plugin->size) +
                      " octets, expected at least " + std::to_string(kPluginSize));
  }
  if (plugin->destroy == nullptr)
    throw NotAccepted("create: instance without the function destroy");
  plugin_.reset(plugin);
  if (plugin->activate == nullptr)
    throw NotAccepted("create: instance without the function activate");
  if (plugin->deactivate == nullptr) {
    throw NotAccepted("create: instance without the function deactivate");
  }
}

void PluginInstance::activate(Staging& staging) {
  ErrorText error;
  host_.staging = &staging;
  const Step step(on_step_, name_, "activate");
  const dcc_status status = call_plugin(
      error, [&] { return plugin_->activate(plugin_.get(), error.data(), error.size()); });
  host_.staging = nullptr;
  // The host's own reason first: the plugin has only seen a status.
  std::string why = staging.refusal();
  if (why.empty() && status != DCC_OK) why = status_text(status) + error.suffix();
  if (why.empty() && staging.registrations().empty()) why = "registered no handler";
  if (why.empty()) return;
  if (status == DCC_OK) deactivate();
  throw NotAccepted("activate: " + why);
}

void PluginInstance::deactivate() noexcept {
  const Step step(on_step_, name_, "deactivate");
  call_plugin([&] { plugin_->deactivate(plugin_.get()); });
}

void PluginInstance::Destroy::operator()(dcc_plugin* plugin) const noexcept {
  const Step step(*on_step, *name, "destroy");
  call_plugin([&] { plugin->destroy(plugin); });
}

}  // namespace dcc::host
