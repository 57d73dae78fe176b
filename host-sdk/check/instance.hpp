// SPDX-License-Identifier: Apache-2.0
//
// The plugin's code, and instances of it. One thread at a time, except ask().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "check/check.hpp"
#include "check/check_host.hpp"
#include "dcc/plugin.h"

namespace dcc::check {

// Maps the file, once per process and until its end. Found: the loader refuses it.
const dcc_plugin_entry& load_entry(const Subject& subject);

// The fields of contract 1.0.
inline constexpr std::size_t kEntrySize = offsetof(dcc_plugin_entry, create) + sizeof(void*);
inline constexpr std::size_t kPluginSize = offsetof(dcc_plugin, destroy) + sizeof(void*);

// What create or activate says: its status, and the text in `err`.
struct Answer {
  dcc_status status = DCC_OK;
  std::string text;   // up to the NUL, or all of it
  bool ended = true;  // there was a NUL
};
std::string describe(const Answer& answer);

// Calls with an error text of `capacity` octets at whose end a closed page lies.
Answer with_error_text(std::size_t capacity,
                       const std::function<dcc_status(char* err, std::size_t err_cap)>& call);

// One instance. Whatever it is in the middle of is ended by the destructor as the contract has it.
class Instance {
 public:
  // Created. Found: it refuses, or what it makes is no instance.
  Instance(const dcc_plugin_entry& entry, CheckHost::Options options);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // Found: it refuses, registers nothing, or something that a host does not accept.
  void activate();
  void deactivate();

  const std::vector<dcc::host::Staging::Registration>& handlers() const {
    return host_.staging().registrations();
  }
  // The handler whose turn it is at this number.
  const dcc::host::Staging::Registration& handler_at(std::uint64_t number) const {
    return handlers()[number % handlers().size()];
  }
  Reply ask(std::uint64_t number, const Request& request,
            GivenMemory::Guard guard = GivenMemory::Guard::none) const {
    return host_.ask(handler_at(number), request, guard);
  }

 private:
  CheckHost host_;
  dcc_plugin* plugin_ = nullptr;
  bool active_ = false;
};

// A host of the subject's, and these settings for the plugin.
CheckHost::Options host_options(const Subject& subject,
                                const std::vector<dcc::host::Setting>& settings);

// An instance with the subject's settings, created and activated.
std::unique_ptr<Instance> activated(const Subject& subject);

}  // namespace dcc::check
