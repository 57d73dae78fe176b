// SPDX-License-Identifier: Apache-2.0
//
// What stands between C functions over JSON and what they do: handles that are freed while others
// use them, barriers behind which anything may be thrown, and `out` with `cap`, all as dcc/host.h
// says it. Functions are safe from any thread.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "dcc/plugin.hpp"
#include "foreign/bad_input.hpp"
#include "foreign/json_tree.hpp"
#include "host/file_content.hpp"

namespace dcc::foreign {

// How often this process's ancestors have forked since the library was first used.
inline std::atomic<unsigned> forks{0};

inline void count_forks() {
  static const int once = ::pthread_atfork(nullptr, nullptr, [] { ++forks; });
  if (once != 0) throw std::bad_alloc();
}

// What stays when its object is gone, so that a stale handle is told and not followed.
template <typename T>
struct Handle {
  static constexpr std::uint32_t kFreed = std::uint32_t{1} << 31;

  explicit Handle(std::unique_ptr<T> made) : object(std::move(made)) {}

  std::unique_ptr<T> object;
  unsigned made_in = forks;
  std::atomic<std::uint32_t> inside{0};  // calls under way, and kFreed
  Handle* next = nullptr;                // of all that were ever made

  static inline std::atomic<Handle*> all{nullptr};
};

// A call under way, or why there is none.
template <typename T>
class Inside {
 public:
  explicit Inside(Handle<T>* handle) noexcept : handle_(handle) {
    if (handle_ == nullptr) {
      refuse(DCC_INVALID, "the handle is null");
    } else if (handle_->made_in != forks) {
      refuse(DCC_NOT_NOW, "the handle was made before this process was forked");
    } else if ((handle_->inside.fetch_add(1) & Handle<T>::kFreed) != 0) {
      leave();
      refuse(DCC_INVALID, "the handle was freed");
    }
  }
  ~Inside() {
    if (handle_ != nullptr) leave();
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  T* operator->() const { return handle_->object.get(); }
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
    if (handle_->inside.fetch_sub(1) == Handle<T>::kFreed + 1) handle_->inside.notify_all();
  }

  Handle<T>* handle_;
  dcc_status status_ = DCC_OK;
  const char* why_ = "";
};

inline std::int64_t give(std::string_view text, char* out, std::size_t cap) noexcept {
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

inline std::int64_t fail(dcc_status status, std::string_view why, char* out,
                         std::size_t cap) noexcept {
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
  } catch (const host::NotAccepted& error) {
    return fail(DCC_INVALID, error.what(), out, cap);
  } catch (const NotNow& error) {
    return fail(DCC_NOT_NOW, error.what(), out, cap);
  } catch (const std::exception& error) {
    return fail(DCC_INTERNAL, error.what(), out, cap);
  } catch (...) {
    return fail(DCC_INTERNAL, "an unknown exception", out, cap);
  }
}

// The same with a handle's object: `body` gets it and gives the text.
template <typename T, typename Body>
std::int64_t answered(Handle<T>* handle, char* out, std::size_t cap, Body body) noexcept {
  const Inside<T> inside(handle);
  if (inside.status() != DCC_OK) return fail(inside.status(), inside.why(), out, cap);
  return guarded(out, cap, [&] { return give(body(inside), out, cap); });
}

// What a caller gives; a null pointer or more than DCCH_MAX_MESSAGE octets: BadInput.
inline std::string_view given(const char* text, std::size_t size, std::string_view what) {
  if (text == nullptr && size > 0) throw BadInput(std::string(what) + " is a null pointer");
  return within_limit({text == nullptr ? "" : text, size}, what);
}

// A handle to what `make` makes. Null: `error` says why. H: a Handle<T>.
template <typename H, typename Make>
H* new_handle(char* error, std::size_t cap, Make make) noexcept {
  H* made = nullptr;
  const std::int64_t status = guarded(error, cap, [&]() -> std::int64_t {
    count_forks();
    auto handle = std::make_unique<H>(make());
    made = handle.release();
    made->next = H::all.load();
    while (!H::all.compare_exchange_weak(made->next, made)) continue;
    return DCC_OK;
  });
  if (status == DCC_OK && error != nullptr && cap > 0) error[0] = '\0';
  return made;
}

// Tells those who wait inside with `close`, and returns when the calls under way have ended.
template <typename T, typename Close>
void free_handle(Handle<T>* handle, Close close) {
  if (handle == nullptr || handle->made_in != forks) return;
  if ((handle->inside.fetch_or(Handle<T>::kFreed) & Handle<T>::kFreed) != 0) return;
  close(*handle->object);
  for (std::uint32_t now = handle->inside; now != Handle<T>::kFreed; now = handle->inside) {
    handle->inside.wait(now);
  }
  handle->object.reset();
}

}  // namespace dcc::foreign
