// SPDX-License-Identifier: Apache-2.0
#include "check/instance.hpp"

#include <dlfcn.h>

#include <boost/dll/shared_library.hpp>
#include <cstring>
#include <string_view>
#include <utility>

#include "host/one_line.hpp"
#include "host/status.hpp"

namespace dcc::check {
namespace {

constexpr std::size_t kErrorCapacity = 1000;  // what a host gives

// What is wrong with what create has made; empty: nothing.
std::string fault(const dcc_plugin* plugin) {
  if (plugin == nullptr) return "DCC_OK without an instance";
  if (plugin->size < kPluginSize) {
    return "an instance structure of " + std::to_string(plugin->size) + " octets";
  }
  if (plugin->activate == nullptr) return "an instance without the function activate";
  if (plugin->deactivate == nullptr) return "an instance without the function deactivate";
  if (plugin->destroy == nullptr) return "an instance without the function destroy";
  return {};
}

void load(const Subject& subject, boost::dll::shared_library& library) {
  using boost::dll::load_mode::rtld_local, boost::dll::load_mode::rtld_now;
  std::error_code error;
  library.load(subject.file, rtld_now | rtld_local, error);
  if (!error) return;
  const char* const why = ::dlerror();
  std::string text = why == nullptr ? error.message() : why;
  // The copy's path says nothing to anybody.
  const std::string path = subject.file.string();
  if (text.starts_with(path + ": ")) text.erase(0, path.size() + 2);
  throw Found{fail(host::printable(text), "an object that loads with every symbol bound")};
}

}  // namespace

const dcc_plugin_entry& load_entry(const Subject& subject) {
  // Never unmapped, as in a host.
  static auto& library = *new boost::dll::shared_library;
  if (!library.is_loaded()) load(subject, library);
  return library.get<const dcc_plugin_entry>(DCC_PLUGIN_ENTRY_SYMBOL);
}

std::string describe(const Answer& answer) {
  std::string text = dcc::host::status_text(answer.status);
  if (!answer.text.empty()) text += ": " + host::printable(answer.text);
  return text;
}

Answer with_error_text(std::size_t capacity,
                       const std::function<dcc_status(char* err, std::size_t err_cap)>& call) {
  auto memory = std::make_unique<GivenMemory>(GivenMemory::Guard::pages);
  char* const err = memory->place_writable(capacity);
  // A host gives an empty text, which is what a plugin that writes nothing leaves.
  Answer answer;
  answer.status = call(err, capacity);
  const std::string_view all(err, capacity);
  const auto end = all.find('\0');
  answer.ended = capacity == 0 || end != all.npos;
  answer.text = all.substr(0, end);
  GivenMemory::take_back(std::move(memory));
  return answer;
}

Instance::Instance(const dcc_plugin_entry& entry, CheckHost::Options options)
    : host_(std::move(options)) {
  dcc_plugin* made = nullptr;
  const Answer answer = with_error_text(kErrorCapacity, [&](char* err, std::size_t err_cap) {
    return entry.create(host_.face(), &made, err, err_cap);
  });
  if (answer.status != DCC_OK) {
    throw Found{fail("create refuses with " + describe(answer),
                     "an instance with these settings (see --settings)")};
  }
  if (const std::string wrong = fault(made); !wrong.empty()) {
    throw Found{fail("create: " + wrong, "a dcc_plugin of at least " + std::to_string(kPluginSize) +
                                             " octets with its three functions")};
  }
  plugin_ = made;
}

Instance::~Instance() {
  if (active_) plugin_->deactivate(plugin_);
  plugin_->destroy(plugin_);
}

void Instance::activate() {
  host_.begin_activation();
  const Answer answer = with_error_text(kErrorCapacity, [&](char* err, std::size_t err_cap) {
    return plugin_->activate(plugin_, err, err_cap);
  });
  host_.end_activation();
  active_ = answer.status == DCC_OK;
  if (const std::string& refusal = host_.staging().refusal(); !refusal.empty()) {
    throw Found{fail("activate: " + host::printable(refusal), "handlers that a host accepts")};
  }
  if (!active_) throw Found{fail("activate fails with " + describe(answer), "DCC_OK")};
  if (handlers().empty()) {
    throw Found{fail("activate registers no handler", "at least one (dcc_registry_v1.add)")};
  }
}

void Instance::deactivate() {
  active_ = false;
  plugin_->deactivate(plugin_);
}

CheckHost::Options host_options(const Subject& subject,
                                const std::vector<dcc::host::Setting>& settings) {
  return {.settings = settings, .offered = subject.offered};
}

std::unique_ptr<Instance> activated(const Subject& subject) {
  auto instance =
      std::make_unique<Instance>(load_entry(subject), host_options(subject, subject.settings));
  instance->activate();
  return instance;
}

}  // namespace dcc::check
