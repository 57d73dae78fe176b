// SPDX-License-Identifier: Apache-2.0
//
// The functions of dcc/host.h: each a barrier behind which anything may be thrown, and what keeps
// a handle that is being freed alive for those who are inside.
#include <pthread.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include "dcc/host.h"
#include "dcc/plugin.hpp"
#include "foreign/bad_input.hpp"
#include "foreign/host.hpp"
#include "host/file_content.hpp"

namespace {

using dcc::foreign::BadInput;
using dcc::foreign::Host;

// How often this process's ancestors have forked since the library was first used.
std::atomic<unsigned> forks{0};

void count_forks() {
  static const int once = ::pthread_atfork(nullptr, nullptr, [] { ++forks; });
  if (once != 0) throw std::bad_alloc();
}

}  // namespace

// What stays when the host is gone, so that a stale handle is told and not followed.
struct dcch {
  static constexpr std::uint32_t kFreed = std::uint32_t{1} << 31;

  std::unique_ptr<Host> host;
  unsigned made_in = forks;
  std::atomic<std::uint32_t> inside{0};  // calls under way, and kFreed
  dcch* next = nullptr;                  // of all that were ever made
};

namespace {

std::atomic<dcch*> all{nullptr};

// A call under way, or why there is none.
class Inside {
 public:
  explicit Inside(dcch* handle) noexcept : handle_(handle) {
    if (handle_ == nullptr) {
      refuse(DCC_INVALID, "the handle is null");
    } else if (handle_->made_in != forks) {
      refuse(DCC_NOT_NOW, "the handle was made before this process was forked");
    } else if ((handle_->inside.fetch_add(1) & dcch::kFreed) != 0) {
      leave();
      refuse(DCC_INVALID, "the handle was freed");
    }
  }
  ~Inside() {
    if (handle_ != nullptr) leave();
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  Host* operator->() const { return handle_->host.get(); }
  // DCC_OK: it is inside.
  dcc_status status() const { return status_; }
  const char* why() const { return why_; }

 private:
  void refuse(dcc_status status, const char* why) noexcept {
    handle_ = nullptr;
    status_ = status;
    why_ = why;
  }
  void leave() noexcept {
    if (handle_->inside.fetch_sub(1) == dcch::kFreed + 1) handle_->inside.notify_all();
  }

  dcch* handle_;
  dcc_status status_ = DCC_OK;
  const char* why_ = "";
};

std::int64_t give(std::string_view text, char* out, std::size_t cap) noexcept {
  const auto size = static_cast<std::int64_t>(text.size());
  if (out == nullptr || cap == 0) return size;
  if (text.size() >= cap) {
    out[0] = '\0';
    return size;
  }
  text.copy(out, text.size());
  out[text.size()] = '\0';
  return size;
}

std::int64_t fail(dcc_status status, std::string_view why, char* out, std::size_t cap) noexcept {
  if (out != nullptr) dcc::detail::say(out, cap, why);
  return -std::int64_t{status};
}

// The border: runs `body`; what it throws becomes a status, and why.
template <typename Body>
std::int64_t guarded(char* out, std::size_t cap, Body body) noexcept {
  try {
    return body();
  } catch (const BadInput& error) {
    return fail(DCC_INVALID, error.what(), out, cap);
  } catch (const dcc::host::NotAccepted& error) {
    return fail(DCC_INVALID, error.what(), out, cap);
  } catch (const std::exception& error) {
    return fail(DCC_INTERNAL, error.what(), out, cap);
  } catch (...) {
    return fail(DCC_INTERNAL, "an unknown exception", out, cap);
  }
}

// The same with a host: `body` gets it and gives the text.
template <typename Body>
std::int64_t answered(dcch* handle, char* out, std::size_t cap, Body body) noexcept {
  const Inside host(handle);
  if (host.status() != DCC_OK) return fail(host.status(), host.why(), out, cap);
  return guarded(out, cap, [&] { return give(body(host), out, cap); });
}

// What a caller gives.
std::string_view given(const char* text, std::size_t size, std::string_view what) {
  if (text == nullptr && size > 0) throw BadInput(std::string(what) + " is a null pointer");
  return dcc::foreign::within_limit({text == nullptr ? "" : text, size}, what);
}

}  // namespace

std::uint32_t dcch_abi() {
  return std::uint32_t{DCC_HOST_MAJOR} << 16 | DCC_HOST_MINOR;
}

dcch* dcch_new(const char* options, std::size_t size, char* error, std::size_t cap) {
  dcch* made = nullptr;
  const std::int64_t status = guarded(error, cap, [&]() -> std::int64_t {
    count_forks();
    auto handle = std::make_unique<dcch>();
    handle->host =
        std::make_unique<Host>(dcc::foreign::read_options(given(options, size, "options")));
    made = handle.release();
    made->next = all.load();
    while (!all.compare_exchange_weak(made->next, made)) continue;
    return DCC_OK;
  });
  if (status == DCC_OK && error != nullptr && cap > 0) error[0] = '\0';
  return made;
}

std::int32_t dcch_reload(dcch* handle, std::int32_t every) {
  const Inside host(handle);
  if (host.status() != DCC_OK) return -host.status();
  return static_cast<std::int32_t>(guarded(nullptr, 0, [&]() -> std::int64_t {
    host->reload(every != 0 ? dcc::host::Retry::all : dcc::host::Retry::changed);
    return DCC_OK;
  }));
}

std::int64_t dcch_state(dcch* handle, char* out, std::size_t cap) {
  return answered(handle, out, cap, [](const Inside& host) { return host->state(); });
}

std::int32_t dcch_changed(dcch* handle, std::int32_t wait_ms) {
  const Inside host(handle);
  if (host.status() != DCC_OK) return -host.status();
  if (wait_ms < 0) return -DCC_INVALID;
  if (!host->watches()) return -DCC_NOT_NOW;
  return static_cast<std::int32_t>(guarded(nullptr, 0, [&]() -> std::int64_t {
    return host->changed(std::chrono::milliseconds(wait_ms)) ? 1 : 0;
  }));
}

std::int64_t dcch_log(dcch* handle, char* out, std::size_t cap) {
  const std::size_t at_most = out == nullptr || cap == 0 ? 0 : cap - 1;
  return answered(handle, out, cap, [&](const Inside& host) { return host->take_log(at_most); });
}

std::int64_t dcch_decide(dcch* handle, const char* message, std::size_t size, char* out,
                         std::size_t cap) {
  return answered(handle, out, cap, [&](const Inside& host) {
    const dcc::foreign::JsonTree tree(given(message, size, "the message"));
    return host->decide(tree.root());
  });
}

void dcch_free(dcch* handle) {
  if (handle == nullptr || handle->made_in != forks) return;
  if ((handle->inside.fetch_or(dcch::kFreed) & dcch::kFreed) != 0) return;
  handle->host->close();
  for (std::uint32_t now = handle->inside; now != dcch::kFreed; now = handle->inside) {
    handle->inside.wait(now);
  }
  handle->host.reset();
}
