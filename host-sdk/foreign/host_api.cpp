// SPDX-License-Identifier: Apache-2.0
//
// The functions of dcc/host.h.
#include <chrono>
#include <memory>
#include <string>

#include "dcc/host.h"
#include "foreign/border.hpp"
#include "foreign/host.hpp"

using dcc::foreign::Host;
using Inside = dcc::foreign::Inside<Host>;

struct dcch : dcc::foreign::Handle<Host> {
  using Handle::Handle;
};

std::uint32_t dcch_abi() {
  return std::uint32_t{DCC_HOST_MAJOR} << 16 | DCC_HOST_MINOR;
}

dcch* dcch_new(const char* options, std::size_t size, char* error, std::size_t cap) {
  return dcc::foreign::new_handle<dcch>(error, cap, [&] {
    return std::make_unique<Host>(
        dcc::foreign::read_options(dcc::foreign::given(options, size, "options")));
  });
}

std::int32_t dcch_reload(dcch* handle, std::int32_t every) {
  const Inside host(handle);
  if (host.status() != DCC_OK) return -host.status();
  return static_cast<std::int32_t>(dcc::foreign::guarded(nullptr, 0, [&]() -> std::int64_t {
    host->reload(every != 0 ? dcc::host::Retry::all : dcc::host::Retry::changed);
    return DCC_OK;
  }));
}

std::int64_t dcch_state(dcch* handle, char* out, std::size_t cap) {
  return dcc::foreign::answered<Host>(handle, out, cap,
                                      [](const Inside& host) { return host->state(); });
}

std::int32_t dcch_changed(dcch* handle, std::int32_t wait_ms) {
  const Inside host(handle);
  if (host.status() != DCC_OK) return -host.status();
  if (wait_ms < 0) return -DCC_INVALID;
  if (!host->watches()) return -DCC_NOT_NOW;
  return static_cast<std::int32_t>(dcc::foreign::guarded(nullptr, 0, [&]() -> std::int64_t {
    return host->changed(std::chrono::milliseconds(wait_ms)) ? 1 : 0;
  }));
}

std::int64_t dcch_log(dcch* handle, char* out, std::size_t cap) {
  const std::size_t at_most = out == nullptr || cap == 0 ? 0 : cap - 1;
  return dcc::foreign::answered<Host>(handle, out, cap,
                                      [&](const Inside& host) { return host->take_log(at_most); });
}

std::int64_t dcch_decide(dcch* handle, const char* message, std::size_t size, char* out,
                         std::size_t cap) {
  return dcc::foreign::answered<Host>(handle, out, cap, [&](const Inside& host) {
    const dcc::foreign::JsonTree tree(dcc::foreign::given(message, size, "the message"));
    return host->decide(tree.root());
  });
}

void dcch_free(dcch* handle) {
  dcc::foreign::free_handle<Host>(handle, [](Host& host) { host.close(); });
}
