// SPDX-License-Identifier: Apache-2.0
#include "check/check_host.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "dcc/response_codes.hpp"
#include "host/one_line.hpp"
#include "host/services.hpp"
#include "host/status.hpp"

namespace dcc::check {
namespace {

constexpr std::size_t kDeviceSize = offsetof(dcc_device, status) + sizeof(dcc_str);
constexpr std::size_t kFactSize = offsetof(dcc_fact, revision) + sizeof(std::int64_t);
constexpr std::int64_t kNow = 1'790'000'000'000;  // what the clock says

// One call of a handler. What the plugin holds is a pointer that leads nowhere; `calls` knows which
// call it stands for, as long as that lasts.
struct Call {
  const CheckHost& host;
  const Answers& answers;
  GivenMemory& memory;
  Reply reply;
};

// Who is alive, by the pointer that the plugin has.
template <typename Pointer, typename Value>
class Living {
 public:
  void add(Pointer pointer, Value* value) {
    const std::unique_lock lock(mutex_);
    known_[pointer] = value;
  }
  void remove(Pointer pointer) {
    const std::unique_lock lock(mutex_);
    known_.erase(pointer);
  }
  Value* find(Pointer pointer) const {
    const std::shared_lock lock(mutex_);
    const auto it = known_.find(pointer);
    return it == known_.end() ? nullptr : it->second;
  }

 private:
  mutable std::shared_mutex mutex_;
  std::map<Pointer, Value*> known_;
};

Living<const dcc_host*, CheckHost> hosts;
Living<const dcc_call*, Call> calls;
thread_local Call* inside_handler = nullptr;  // of this thread

struct Misuses {
  std::mutex mutex;
  std::set<Misuse> all;
} the_misuses;

void note(const std::string& function, std::string_view why, bool foreign_host = false) {
  const std::lock_guard lock(the_misuses.mutex);
  the_misuses.all.insert({foreign_host, function + ": " + std::string(why)});
}

bool is_text(dcc_str text) {
  return text.data != nullptr || text.size == 0;
}

std::string copy(dcc_str text) {
  return text.size == 0 ? std::string() : std::string(text.data, text.size);
}

}  // namespace

// The functions of the contract. Each begins by finding out who calls.
struct Services {
  static CheckHost* host_of(const dcc_host* host, const char* function) {
    CheckHost* const found = hosts.find(host);
    if (found == nullptr) note(function, "called with a host that is not, or no more, there", true);
    return found;
  }

  static Call* call_of(const dcc_host* host, const dcc_call* call, const char* function) {
    if (host_of(host, function) == nullptr) return nullptr;
    Call* const found = calls.find(call);
    if (found == nullptr) {
      note(function, "called with a call that is over or never was");
    } else if (found->host.face() != host) {
      note(function, "called with the host of another instance than the call's", true);
      return nullptr;
    }
    return found;
  }

  // [control] functions have no place in a handler.
  static void control_only(const char* function) {
    if (inside_handler != nullptr) note(function, "called in a handler, is for [control] only");
  }

  static bool check_line(dcc_str text, const char* function) {
    if (!is_text(text)) {
      note(function, "given a null pointer as text of some octets");
      return false;
    }
    return true;
  }

  static void log_write(const dcc_host* host, int32_t, dcc_str message) noexcept {
    if (host_of(host, "log.write") == nullptr || !check_line(message, "log.write")) return;
    if (inside_handler != nullptr && !inside_handler->reply.failures.empty()) {
      inside_handler->reply.logged_unknown = true;
    }
    if (copy(message).find_first_of("\r\n") != std::string::npos) {
      note("log.write", "given a text with a line end");
    }
  }

  static std::size_t config_count(const dcc_host* host) noexcept {
    const CheckHost* const self = host_of(host, "config.count");
    return self == nullptr ? 0 : self->settings_.size();
  }

  static dcc_status config_at(const dcc_host* host, std::size_t index, dcc_setting* out) noexcept {
    const CheckHost* const self = host_of(host, "config.at");
    if (self == nullptr) return DCC_INVALID;
    if (out == nullptr) {
      note("config.at", "given no place for the setting");
      return DCC_INVALID;
    }
    if (index >= self->settings_.size()) return DCC_NOT_FOUND;
    *out = self->settings_[index];
    return DCC_OK;
  }

  // What a lookup answers, remembered in the reply.
  static dcc_status answer(Call& call, const std::string& question, dcc_status status) {
    if (call.answers.withheld == call.reply.lookups.size()) status = DCC_UNAVAILABLE;
    call.reply.lookups.push_back(question);
    if (status != DCC_OK && status != DCC_NOT_FOUND) {
      call.reply.failures.insert(dcc::host::status_text(status));
    }
    return status;
  }

  static dcc_status inventory_device(const dcc_host* host, dcc_call* handle, std::uint64_t id,
                                     dcc_device* out) noexcept {
    Call* const call = call_of(host, handle, "inventory.device");
    if (call == nullptr) return DCC_INVALID;
    if (out == nullptr || out->size < kDeviceSize) {
      note("inventory.device", "given no dcc_device, or one with a size that is too small");
      return answer(*call, "device", DCC_INVALID);
    }
    const dcc_status status = answer(*call, "device " + std::to_string(id), call->answers.device);
    if (status == DCC_OK) {
      out->type = call->memory.place(call->answers.type);
      out->status = call->memory.place(call->answers.status);
    }
    return status;
  }

  static dcc_status acts(Call& call, const std::string& question, const Answers::Acts& given,
                         const char* function, std::int32_t* out) {
    if (out == nullptr) note(function, "given no place for the answer");
    const dcc_status status = answer(call, question, out == nullptr ? DCC_INVALID : given.status);
    if (status != DCC_OK) return status;
    *out = given.answer;
    if (given.answer != DCC_YES && given.answer != DCC_NO) {
      call.reply.failures.insert("the answer " + std::to_string(given.answer));
    }
    return status;
  }

  static dcc_status acts_for_orderer(const dcc_host* host, dcc_call* handle, std::uint64_t agent,
                                     std::uint64_t device, std::int64_t at,
                                     std::int32_t* out) noexcept {
    constexpr const char* kFunction = "appointments.acts_for_orderer";
    Call* const call = call_of(host, handle, kFunction);
    if (call == nullptr) return DCC_INVALID;
    return acts(*call,
                "orderer " + std::to_string(agent) + " " + std::to_string(device) + " " +
                    std::to_string(at),
                call->answers.acts_for_orderer, kFunction, out);
  }

  static dcc_status acts_for_any(const dcc_host* host, dcc_call* handle, std::uint64_t agent,
                                 std::int64_t at, std::int32_t* out) noexcept {
    constexpr const char* kFunction = "appointments.acts_for_any";
    Call* const call = call_of(host, handle, kFunction);
    if (call == nullptr) return DCC_INVALID;
    return acts(*call, "any " + std::to_string(agent) + " " + std::to_string(at),
                call->answers.acts_for_any, kFunction, out);
  }

  static const Offered::FactKind* kind_of(const CheckHost& host, std::string_view kind) {
    const auto& kinds = host.options_.offered.facts;
    const auto it = std::ranges::find(kinds, kind, &Offered::FactKind::kind);
    return it == kinds.end() ? nullptr : &*it;
  }

  static dcc_status facts_offers(const dcc_host* host, dcc_str kind,
                                 std::int32_t* answer) noexcept {
    const CheckHost* const self = host_of(host, "facts.offers");
    if (self == nullptr || !check_line(kind, "facts.offers")) return DCC_INVALID;
    if (answer == nullptr) {
      note("facts.offers", "given no place for the answer");
      return DCC_INVALID;
    }
    *answer = kind_of(*self, copy(kind)) == nullptr ? DCC_NO : DCC_YES;
    return DCC_OK;
  }

  static dcc_status facts_look_up(const dcc_host* host, dcc_call* handle, dcc_str kind, dcc_str key,
                                  dcc_fact* out) noexcept {
    constexpr const char* kFunction = "facts.look_up";
    Call* const call = call_of(host, handle, kFunction);
    if (call == nullptr || !check_line(kind, kFunction) || !check_line(key, kFunction)) {
      return DCC_INVALID;
    }
    if (out == nullptr || out->size < kFactSize) {
      note(kFunction, "given no dcc_fact, or one with a size that is too small");
      return answer(*call, "fact", DCC_INVALID);
    }
    const Offered::FactKind* const known = kind_of(call->host, copy(kind));
    const dcc_status status = answer(*call, "fact " + copy(kind) + " " + copy(key),
                                     known == nullptr ? DCC_INVALID : call->answers.fact);
    if (status != DCC_OK) return status;
    std::vector<dcc_value> values;
    if (!known->answers.empty()) {
      for (const auto& [name, value] :
           known->answers[call->answers.choice % known->answers.size()]) {
        values.push_back({call->memory.place(Text(name)), call->memory.place(Text(value))});
      }
    }
    out->values = static_cast<const dcc_value*>(
        call->memory.place(values.data(), values.size() * sizeof(dcc_value)));
    out->value_count = values.size();
    out->revision = 1;
    return DCC_OK;
  }

  static std::int64_t clock_now(const dcc_host* host) noexcept {
    host_of(host, "clock.now");
    control_only("clock.now");
    return kNow;
  }

  static dcc_status registry_add(const dcc_host* host, const dcc_handler* handler) noexcept {
    control_only("registry.add");
    CheckHost* const self = host_of(host, "registry.add");
    if (self == nullptr) return DCC_INVALID;
    if (!self->activating_) {
      note("registry.add", "called outside of activate");
      return DCC_NOT_NOW;
    }
    if (handler == nullptr) {
      note("registry.add", "given no handler");
      return DCC_INVALID;
    }
    return self->staging_->add(*handler);
  }

  static dcc_status set_code(const dcc_host* host, dcc_call* handle, dcc_str code) noexcept {
    Call* const call = call_of(host, handle, "registry.set_code");
    if (call == nullptr || !check_line(code, "registry.set_code")) return DCC_INVALID;
    call->reply.not_valid.reset();
    call->reply.code = copy(code);
    return dcc::is_response_code(*call->reply.code) ? DCC_OK : DCC_INVALID;
  }

  static dcc_status set_reason(const dcc_host* host, dcc_call* handle, dcc_str reason) noexcept {
    Call* const call = call_of(host, handle, "registry.set_reason");
    if (call == nullptr || !check_line(reason, "registry.set_reason")) return DCC_INVALID;
    call->reply.reason = copy(reason);
    return DCC_OK;
  }

  static dcc_status set_not_valid(const dcc_host* host, dcc_call* handle, dcc_str reason) noexcept {
    Call* const call = call_of(host, handle, "registry.set_not_valid");
    if (call == nullptr || !check_line(reason, "registry.set_not_valid")) return DCC_INVALID;
    call->reply.code.reset();
    call->reply.not_valid = copy(reason);
    return DCC_OK;
  }

  static const void* service(const dcc_host* host, dcc_str id) noexcept {
    static constexpr dcc_log_v1 kLog = {log_write};
    static constexpr dcc_config_v1 kConfig = {config_count, config_at};
    static constexpr dcc_inventory_v1 kInventory = {inventory_device};
    static constexpr dcc_appointments_v1 kAppointments = {acts_for_orderer, acts_for_any};
    static constexpr dcc_facts_v1 kFacts = {facts_offers, facts_look_up};
    static constexpr dcc_clock_v1 kClock = {clock_now};
    static constexpr dcc_registry_v1 kRegistry = {registry_add, set_code, set_reason,
                                                  set_not_valid};
    static const std::map<std::string, const void*> kServices = {
        {DCC_SERVICE_LOG, &kLog},
        {DCC_SERVICE_CONFIG, &kConfig},
        {DCC_SERVICE_INVENTORY, &kInventory},
        {DCC_SERVICE_APPOINTMENTS, &kAppointments},
        {DCC_SERVICE_FACTS, &kFacts},
        {DCC_SERVICE_CLOCK, &kClock},
        {DCC_SERVICE_REGISTRY, &kRegistry},
    };
    const CheckHost* const self = host_of(host, "service");
    if (self == nullptr || !check_line(id, "service")) return nullptr;
    const auto& offered = self->options_.services;
    const std::string name = copy(id);
    if (offered && !offered->contains(name)) return nullptr;
    if (const auto it = kServices.find(name); it != kServices.end()) return it->second;
    const auto& own = self->options_.offered.services;
    return std::ranges::find(own, name) == own.end() ? nullptr : dcc::host::service_without_host();
  }
};

std::set<Misuse> misuses() {
  const std::lock_guard lock(the_misuses.mutex);
  return the_misuses.all;
}

std::string describe(const Reply& reply) {
  if (reply.threw) return "an exception left the handler";
  std::string text = dcc::host::status_text(reply.status);
  if (reply.code) text += ", code '" + host::printable(*reply.code) + "'";
  if (reply.not_valid) text += ", not valid '" + host::printable(*reply.not_valid) + "'";
  if (!reply.code && !reply.not_valid) text += ", no outcome";
  if (!reply.reason.empty()) text += ", reason '" + host::printable(reply.reason) + "'";
  for (std::size_t i = 0; i < reply.lookups.size(); ++i) {
    text += (i == 0 ? ", lookups: " : ", ") + reply.lookups[i];
  }
  return text;
}

CheckHost::CheckHost(Options options)
    : options_(std::move(options)),
      memory_(std::make_unique<GivenMemory>(GivenMemory::Guard::pages)) {
  for (const auto& [section, key, value] : options_.settings) {
    const auto text = [&](const std::string& given) {
      return memory_->place(given.empty() ? Text::null() : Text(given));
    };
    settings_.push_back({text(section), text(key), text(value)});
  }
  dcc_host host{};
  host.size = sizeof host;
  host.abi_major = DCC_ABI_MAJOR;
  host.abi_minor = DCC_ABI_MINOR;
  host.name = memory_->place(Text("dcc-plugin-check"));
  host.version = memory_->place(Text("1"));
  host.service = Services::service;
  std::array<unsigned char, 2 * sizeof host> octets{};
  octets.fill(0xa5);
  if (options_.newer) {
    host.size = octets.size();
    host.abi_minor = DCC_ABI_MINOR + 1;
  }
  std::memcpy(octets.data(), &host, sizeof host);
  face_ = static_cast<const dcc_host*>(memory_->place(octets.data(), host.size));
  hosts.add(face_, this);
}

CheckHost::~CheckHost() {
  hosts.remove(face_);
  GivenMemory::take_back(std::move(memory_));
}

void CheckHost::begin_activation() {
  staging_.emplace([taken = options_.srvs_taken](std::string_view) {
    return taken ? std::string("another plugin") : std::string();
  });
  activating_ = true;
}

Reply CheckHost::ask(const dcc::host::Staging::Registration& handler, const Request& request,
                     GivenMemory::Guard guard) const {
  auto memory = std::make_unique<GivenMemory>(guard);
  Call call{*this, request.answers, *memory, {}};
  const dcc_request* const given = place(request, *memory);
  // NOLINTNEXTLINE(*-const-cast): the contract's type is not const, and nobody may look into it
  auto* const handle = static_cast<dcc_call*>(const_cast<void*>(memory->place(nullptr, 0)));
  calls.add(handle, &call);
  inside_handler = &call;
  try {
    call.reply.status = handler.handle(handler.self, given, handle);
  } catch (...) {
    call.reply.threw = true;
  }
  inside_handler = nullptr;
  calls.remove(handle);
  GivenMemory::take_back(std::move(memory));
  return call.reply;
}

}  // namespace dcc::check
